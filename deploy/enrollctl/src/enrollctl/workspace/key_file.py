"""The key files of a local stack, in the format of the chassis."""

from chassis.identity import issue_token
from chassis.privacy import Keys, load_keys, new_key_file
from chassis.privacy import read_keys as parse
from contracts.words import Role
from enrollctl.errors import NoStackRunning
from enrollctl.workspace.files import read_json, write_json, write_private
from enrollctl.workspace.folders import Folders

#: How long the center's token is valid: longer than a local stack usually runs. Each start issues a new token.
CENTER_HOURS = 31 * 24


def ensure_key_files(folders: Folders) -> None:
    """Create the keys once; later starts keep them, so that data encrypted with them stay readable.

    Services get a copy without the private key. With this copy they can check tokens, but not issue them.
    """
    keys = read_json(folders.keys)
    if keys is None:
        keys = new_key_file()
        write_json(folders.keys, keys)
    write_json(folders.service_keys, keys | {"token": keys["token"] | {"private": None}})
    token = issue_token(parse(keys), account="center", role=Role.CENTER.value, scope_id=None, hours=CENTER_HOURS)
    write_private(folders.center_token, token)


def read_keys(folders: Folders) -> Keys:
    """All keys, including the private key. Raises NoStackRunning if no stack was ever started in the folder."""
    if not folders.keys.exists():
        raise NoStackRunning(f"no keys in {folders.root}: no stack was started there; run `enrollctl up` first")
    return load_keys(folders.keys)
