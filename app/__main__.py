"""`python -m app NAME` is `pycam NAME`."""

from app.cli import main

raise SystemExit(main())
