"""Private files: modes, symbolic links, pipes and failed replacements."""

import os
import stat

import pytest

from mtt_mock.server.tls.private_files import (
    FolderError,
    private_folder,
    write_atomically,
    write_private,
)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def open_umask():
    former = os.umask(0)
    yield
    os.umask(former)


def test_a_private_file_is_readable_by_the_user_only(tmp_path):
    write_private(tmp_path / "state.json", b"{}")
    assert (tmp_path / "state.json").read_bytes() == b"{}"
    assert mode(tmp_path / "state.json") == 0o600


def test_a_symbolic_link_is_replaced_not_followed(tmp_path):
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_private(tmp_path / "link", b"{}")
    assert (tmp_path / "target").read_bytes() == b"precious"
    assert (tmp_path / "link").read_bytes() == b"{}"
    assert not (tmp_path / "link").is_symlink()


def test_a_pipe_gets_the_content(tmp_path):
    reading, writing = os.pipe()
    write_private(os_path(writing), b"{}")
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"{}"


def os_path(number):
    from pathlib import Path

    return Path(f"/proc/self/fd/{number}")


def test_a_failed_replacement_leaves_no_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FolderError, match=f"cannot write {tmp_path / 'folder'}: Is a directory"):
        write_atomically(tmp_path / "folder", b"", 0o644)
    with pytest.raises(IsADirectoryError):
        write_private(tmp_path / "folder", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_folder_error_has_its_reason(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FolderError, match=f"{tmp_path / 'file'} is not a folder"):
        private_folder(tmp_path / "file")
    with pytest.raises(FolderError, match=f"{tmp_path / 'file' / 'below'}: Not a directory"):
        private_folder(tmp_path / "file" / "below")
