"""Stores the files of vouchers, sealed, in a directory or in an S3-compatible store (F275)."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import obstore
import structlog
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from chassis.domain import NotFound, TryAgain
from chassis.privacy import RowCipher
from chassis.runtime import Runtime
from payment_svc.domain.attachment import Attachment

log = structlog.get_logger()


class VoucherFiles:
    """The stored files. An object's name is `{sha256 of the content}/{file_id}`.

    Each upload has its own file id, so two uploads of the same content are two objects. If one upload is refused, its
    object is deleted, and the object of the other upload stays.
    """

    def __init__(self, store: Any, row_cipher: RowCipher) -> None:
        self._store, self._row_cipher = store, row_cipher

    async def put(self, attachment: Attachment) -> UUID:
        """Seal and store the file. Returns its file id; `get` needs the hash and this id.

        Raises TryAgain if the store is unavailable.
        """
        file_id = uuid4()
        sealed = self._row_cipher.seal_bytes(attachment.content, file_id)
        try:
            await obstore.put_async(self._store, object_name(attachment.sha256, file_id), sealed)
        except (OSError, BaseError) as error:
            log.warning("voucher_file_not_stored", cause=type(error).__name__)
            raise TryAgain from error
        return file_id

    async def get(self, sha256: str, file_id: UUID) -> bytes:
        """The unsealed file. Raises NotFound if the store does not have it, TryAgain if the store is unavailable."""
        try:
            found = await obstore.get_async(self._store, object_name(sha256, file_id))
            sealed = bytes(await found.bytes_async())
        except (FileNotFoundError, NotFoundError):
            log.error("voucher_file_missing", file_id=str(file_id))
            raise NotFound(file_id=str(file_id)) from None
        except (OSError, BaseError) as error:
            raise TryAgain from error
        return self._row_cipher.unseal_bytes(sealed, file_id)

    async def discard(self, sha256: str, file_id: UUID) -> None:
        """Delete a file that belongs to no voucher.

        If the store is unavailable, the file stays. This does no harm, because nothing refers to the file.
        """
        try:
            await obstore.delete_async(self._store, object_name(sha256, file_id))
        except Exception as error:
            log.warning("voucher_file_left", file_id=str(file_id), cause=type(error).__name__)


def files_of(runtime: Runtime) -> VoucherFiles:
    """The `VoucherFiles` of a running service."""
    return VoucherFiles(open_store(runtime.settings.voucher_store), runtime.row_cipher)


def object_name(sha256: str, file_id: UUID) -> str:
    return f"{sha256}/{file_id}"


@lru_cache(maxsize=8)
def open_store(address: str) -> Any:
    """Open the store: a directory, or a URL such as `s3://bucket/prefix`. A missing directory is created.

    The credentials of the store are in environment variables.
    """
    if "://" in address:
        return from_url(address)
    return LocalStore(Path(address).absolute(), mkdir=True)
