"""files.*: the Web API's side of uploads."""

from __future__ import annotations

from app.demo.workspace.methods import Args, Context, Method
from app.demo.workspace.model import Json, SlackError


def get_upload_url(context: Context, args: Args) -> Json:
    name = args.required("filename")
    length = args.required("length")
    if not length.isdecimal():
        raise SlackError("invalid_arguments", messages=["[ERROR] must be a number [json-pointer:/length]"])
    file_id, url = context.files.reserve(name, int(length))
    return {"file_id": file_id, "upload_url": url}


def complete_upload(context: Context, args: Args) -> Json:
    args.required("files")
    entries = args.parsed("files", "invalid_arguments")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise SlackError("invalid_arguments", messages=["[ERROR] must be an array [json-pointer:/files]"])
    channel_id = args.text("channel_id") or args.text("channels").split(",")[0] or None
    if channel_id is not None and not context.state.channel(channel_id).bot_is_member:
        raise SlackError("not_in_channel")
    done = context.files.complete(
        entries, channel_id, args.text("thread_ts") or None, args.text("initial_comment")
    )
    # Slack says no more here: what the file became, and where it was shared, is files.info's to tell, later.
    return {"files": [{"id": file.id, "title": file.title} for file in done]}


def info(context: Context, args: Args) -> Json:
    file = context.files.info(args.required("file"))
    return {"file": context.files.to_api(file), "comments": []}


def delete(context: Context, args: Args) -> Json:
    context.files.delete(args.required("file"))
    return {}


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write"),
    "files.completeUploadExternal": Method(complete_upload, "files:write"),
    "files.info": Method(info, "files:read"),
    "files.delete": Method(delete, "files:write"),
}
