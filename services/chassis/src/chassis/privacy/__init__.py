"""Personal data: encrypted on the wire and at rest, searchable by blind index, masked on screens."""

from chassis.privacy.blind_index import BlindIndex
from chassis.privacy.ciphers import Unreadable
from chassis.privacy.keyed_hash import KeyedHash
from chassis.privacy.keys import Keys, load_keys, new_key_file, read_keys
from chassis.privacy.masking import mask_name, mask_number
from chassis.privacy.payload_outline import masked, masked_headers, shape_of
from chassis.privacy.row_cipher import RowCipher
from chassis.privacy.sealing import Sealer, UnknownKey

__all__ = [
    "BlindIndex",
    "KeyedHash",
    "Keys",
    "RowCipher",
    "Sealer",
    "UnknownKey",
    "Unreadable",
    "load_keys",
    "mask_name",
    "mask_number",
    "masked",
    "masked_headers",
    "new_key_file",
    "read_keys",
    "shape_of",
]
