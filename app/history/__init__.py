"""What happened: the events on the disk, found fast by their index in Redis. Shared by commands, processes, tools."""
