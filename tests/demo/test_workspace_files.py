"""Uploads in three steps, the processing after them, and who may read the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from app.demo.workspace import Workspace

JPEG = b"\xff\xd8\xff\xe0 not much of a picture \xff\xd9"


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


@pytest.fixture
def client(slack: Workspace) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url)


def upload(client: WebClient, data: bytes = JPEG, name: str = "front.jpg") -> str:
    """Steps 1 to 3, shared nowhere; the file id."""
    reserved = client.files_getUploadURLExternal(filename=name, length=len(data))
    assert requests.post(reserved["upload_url"], data=data, timeout=5).status_code == 200
    client.files_completeUploadExternal(files=[{"id": reserved["file_id"], "title": name}])
    return str(reserved["file_id"])


def image_block(file_id: str) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": "front"}


def error_of(call: Any, **kwargs: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(**kwargs)
    response: Any = caught.value.response
    return str(response["error"])


def test_files_upload_v2_shares_the_whole_file_in_the_thread(slack: Workspace, client: WebClient) -> None:
    root = client.chat_postMessage(channel="pycam", text="alert")["ts"]
    client.files_upload_v2(
        content=JPEG, filename="front.jpg", channel=slack.channel.id, thread_ts=root, initial_comment="here"
    )
    (reply,) = slack.replies(slack.messages()[0])
    file = slack.files[reply.file_ids[0]]
    assert (reply.text, file.data, file.mimetype) == ("here", JPEG, "image/jpeg")
    assert re.fullmatch(r"F[A-Z0-9]{8,}", file.id)
    info = client.files_info(file=file.id)["file"]
    assert info["shares"]["public"][slack.channel.id][0]["ts"] == reply.ts


def test_a_multipart_upload_is_as_good_as_raw_bytes(slack: Workspace, client: WebClient) -> None:
    reserved = client.files_getUploadURLExternal(filename="a.jpg", length=len(JPEG))
    requests.post(reserved["upload_url"], files={"file": ("a.jpg", JPEG)}, timeout=5).raise_for_status()
    assert slack.files[reserved["file_id"]].data == JPEG


def test_a_length_that_was_not_declared_is_refused_and_the_url_is_good_for_one_upload(
    slack: Workspace, client: WebClient
) -> None:
    reserved = client.files_getUploadURLExternal(filename="a.jpg", length=len(JPEG))
    url = reserved["upload_url"]
    assert requests.post(url, data=JPEG[:-1], timeout=5).status_code == 400
    assert slack.files[reserved["file_id"]].data is None
    assert requests.post(url, data=JPEG, timeout=5).status_code == 200
    assert requests.post(url, data=JPEG, timeout=5).status_code == 404


def test_an_upload_must_have_a_name_a_length_and_bytes_before_it_can_be_completed(client: WebClient) -> None:
    assert error_of(client.files_getUploadURLExternal, filename="", length=3) == "invalid_arguments"
    assert (
        error_of(client.files_getUploadURLExternal, filename="a", length=0) == "file_upload_size_restricted"
    )
    words: dict[str, Any] = {"filename": "a", "length": "x"}
    assert error_of(client.files_getUploadURLExternal, **words) == "invalid_arguments"
    reserved = client.files_getUploadURLExternal(filename="a", length=3)
    entry = {"id": reserved["file_id"]}
    assert error_of(client.files_completeUploadExternal, files=[entry]) == "file_not_found"
    assert error_of(client.files_completeUploadExternal, files=[]) == "invalid_arguments"
    assert error_of(client.files_info, file=reserved["file_id"]) == "file_not_found"


def test_completing_in_a_channel_by_name_or_in_an_unknown_thread_is_refused(
    slack: Workspace, client: WebClient
) -> None:
    reserved = client.files_getUploadURLExternal(filename="a", length=len(JPEG))
    requests.post(reserved["upload_url"], data=JPEG, timeout=5).raise_for_status()
    files = [{"id": reserved["file_id"]}]
    complete = client.files_completeUploadExternal
    assert error_of(complete, files=files, channel_id="pycam") == "channel_not_found"
    assert (
        error_of(complete, files=files, channel_id=slack.channel.id, thread_ts="1.000001")
        == "thread_not_found"
    )
    complete(files=files, channel_id=slack.channel.id)
    assert error_of(complete, files=files, channel_id=slack.channel.id) == "file_already_completed"


def test_a_picture_is_no_block_until_it_has_been_processed() -> None:
    with Workspace(file_ready_seconds=3600) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        file_id = upload(client)
        assert client.files_info(file=file_id)["file"]["mimetype"] == ""
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="pycam", text="x", blocks=[image_block(file_id)])
        said: Any = caught.value.response
        assert said["error"] == "invalid_blocks"
        assert said["response_metadata"]["messages"] == [
            "[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"
        ]


def test_a_processed_picture_can_be_put_into_a_message(slack: Workspace, client: WebClient) -> None:
    file_id = upload(client)
    assert client.files_info(file=file_id)["file"]["mimetype"] == "image/jpeg"
    client.chat_postMessage(channel="pycam", text="x", blocks=[image_block(file_id)])
    assert slack.messages()[0].blocks[0]["slack_file"] == {"id": file_id}


def test_a_share_appears_once_the_file_is_processed() -> None:
    with Workspace(file_ready_seconds=0.05) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        client.files_upload_v2(content=JPEG, filename="front.jpg", channel=slack.channel.id)
        (message,) = slack.wait_for(slack.messages, timeout=5)
        assert client.files_info(file=message.file_ids[0])["file"]["mimetype"] == "image/jpeg"


@pytest.mark.parametrize("bad", ["F0UNKNOWN99", "f0abcdefgh", "F1", "../../etc"])
def test_an_id_that_names_no_file_is_refused_in_a_block(client: WebClient, bad: str) -> None:
    assert (
        error_of(client.chat_postMessage, channel="pycam", text="x", blocks=[image_block(bad)])
        == "invalid_blocks"
    )


def test_what_is_not_a_picture_is_refused_in_a_block(client: WebClient) -> None:
    file_id = upload(client, b"hello", "a.jpg")
    assert error_of(client.chat_postMessage, channel="pycam", text="x", blocks=[image_block(file_id)]) == (
        "invalid_blocks"
    )


def test_a_deleted_file_is_gone(slack: Workspace, client: WebClient) -> None:
    file_id = upload(client)
    client.files_delete(file=file_id)
    assert slack.files == {}
    assert error_of(client.files_delete, file=file_id) == "file_not_found"


def test_the_bytes_are_for_the_token_and_for_the_page_only(slack: Workspace, client: WebClient) -> None:
    url = client.files_info(file=upload(client))["file"]["url_private"]
    assert requests.get(url, timeout=5).status_code == 403
    assert requests.get(url, headers={"Authorization": "Bearer xoxb-wrong"}, timeout=5).status_code == 403
    assert (
        requests.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"}, timeout=5).content == JPEG
    )
    browser = requests.Session()
    browser.get(slack.url, timeout=5)
    part = browser.get(url, headers={"Range": "bytes=0-2"}, timeout=5)
    assert (part.status_code, part.content) == (206, JPEG[:3])
