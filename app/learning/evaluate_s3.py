"""Tagged samples read back from the bucket, without their pictures: two small objects each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from app.domain import EVENT_ID
from app.store.bucket import Bucket
from app.store.events import TagRecord
from app.store.records import in_a_line
from app.store.samples import Sample, SampleRecord

log = logging.getLogger(__name__)

AT_ONCE = 8
"""What is read together: each object is a round trip of some 50 ms, and there are two a sample."""


def samples_in(bucket: Bucket, prefix: str) -> Iterator[Sample]:
    """Every whole sample below `prefix`, oldest first; `pictures` is empty.

    What is half there or cannot be understood is left out (and the latter logged). Raises BucketError.
    """
    keys = bucket.sizes(prefix)
    ids = sorted({key.removeprefix(prefix).split("/", 1)[0] for key in keys})
    whole = [
        id_
        for id_ in ids
        if EVENT_ID.fullmatch(id_)
        and {f"{prefix}{id_}/tag.json", f"{prefix}{id_}/sample.json"} <= keys.keys()
    ]

    def read(id_: str) -> Sample | None:
        tag, record = (bucket.read(f"{prefix}{id_}/{name}") for name in ("tag.json", "sample.json"))
        try:
            return Sample(
                record=SampleRecord.model_validate_json(record),
                tag=TagRecord.model_validate_json(tag),
                pictures=[],
            )
        except ValueError as error:
            log.error("the sample %s in %s cannot be read: %s", id_, bucket, in_a_line(error))
            return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for sample in pool.map(read, whole):
            if sample is not None:
                yield sample
