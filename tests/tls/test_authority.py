"""The certificate authority of a machine: files, modes, validity, concurrency."""

import concurrent.futures
import datetime as dt
import os
import ssl
import stat
from pathlib import Path

import certifi
import pytest
from cryptography import x509

from mtt_mock.server.tls import Authority, AuthorityError, bundle, server_context
from support.processes import run

START = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def at(days):
    return lambda: START + dt.timedelta(days=days)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def run_in(run_main, monkeypatch):
    """Return a function that runs ``mtt-mock`` with a folder for its authority."""

    def run_in(folder, *arguments):
        monkeypatch.setenv("MTT_MOCK_CA_DIR", str(folder))
        return run_main(*arguments)

    return run_in


def test_folder_and_key_are_private(tmp_path):
    former = os.umask(0)
    try:
        Authority.of_machine(tmp_path / "data" / "ca")
    finally:
        os.umask(former)
    assert mode(tmp_path / "data" / "ca") == 0o700
    assert mode(tmp_path / "data" / "ca" / "ca-key.pem") == 0o600
    assert mode(tmp_path / "data" / "ca" / "ca.pem") == 0o644


def test_the_key_is_never_printed(run_in, tmp_path):
    folder = tmp_path / "ca"
    runs = [
        run_in(folder, "ca", "path"),
        run_in(folder, "ca", "path", "--bundle"),
        run_in(folder, "ca", "export"),
        run_in(folder, "ca", "export", "--bundle"),
        run_in(folder, "ca", "export", str(tmp_path / "out.pem")),
    ]
    assert [done.returncode for done in runs] == [0, 0, 0, 0, 0]
    texts = [done.stdout + done.stderr for done in runs] + [(tmp_path / "out.pem").read_text()]
    assert not [text for text in texts if "PRIVATE" in text]
    holders = [path.name for path in folder.iterdir() if "PRIVATE" in path.read_text()]
    assert holders == ["ca-key.pem"]
    assert "PRIVATE" not in repr(Authority.of_machine(folder))
    key = (folder / "ca-key.pem").read_text().split("-----")[2].split()[1]
    assert not [text for text in texts if key in text]


def test_path_names_the_certificate_and_export_prints_it(run_in, tmp_path):
    path = run_in(tmp_path / "ca", "ca", "path").stdout
    assert path == f"{tmp_path / 'ca' / 'ca.pem'}\n"
    exported = run_in(tmp_path / "ca", "ca", "export").stdout
    assert exported == (tmp_path / "ca" / "ca.pem").read_text()
    assert exported.startswith("-----BEGIN CERTIFICATE-----\n")


def test_the_bundle_holds_the_public_roots_and_the_authority(tmp_path):
    authority = Authority.of_machine(tmp_path / "ca")
    content = bundle(authority, {}).read_text()
    assert authority.pem.decode().strip() in content
    public = Path(certifi.where()).read_text().split("-----BEGIN CERTIFICATE-----")[1:]
    for each in public:
        assert each.split("-----END")[0].strip() in content
    context = ssl.create_default_context(cafile=bundle(authority, {}))
    assert len(context.get_ca_certs()) > len(public)


def test_the_bundle_extends_the_users_roots(tmp_path):
    ours, theirs = Authority.of_machine(tmp_path / "ca"), Authority.of_machine(tmp_path / "other")
    environ = {"SSL_CERT_FILE": str(theirs.path)}
    found = x509.load_pem_x509_certificates(bundle(ours, environ).read_bytes())
    assert {each.serial_number for each in found} == {
        ours.certificate.serial_number,
        theirs.certificate.serial_number,
    }
    again = {"SSL_CERT_FILE": str(bundle(ours, environ))}
    assert bundle(ours, again) == bundle(ours, environ)


def test_a_missing_root_file_is_named(tmp_path):
    authority = Authority.of_machine(tmp_path / "ca")
    with pytest.raises(AuthorityError, match=r"/no/such\.pem, named by SSL_CERT_FILE"):
        bundle(authority, {"SSL_CERT_FILE": "/no/such.pem"})


def test_an_expiring_authority_is_replaced(tmp_path):
    first = Authority.of_machine(tmp_path / "ca", at(0))
    assert first.certificate.not_valid_after_utc == START + dt.timedelta(days=730)
    kept = Authority.of_machine(tmp_path / "ca", at(669))
    assert kept.pem == first.pem
    new = Authority.of_machine(tmp_path / "ca", at(671))
    assert new.pem != first.pem
    assert (tmp_path / "ca" / "ca.pem").read_bytes() == new.pem
    assert mode(tmp_path / "ca" / "ca-key.pem") == 0o600


def test_a_leaf_is_valid_for_at_most_30_days(tmp_path):
    authority = Authority.of_machine(tmp_path / "ca", at(0))
    leaf = authority.issue(["webapicommon.mtt.ru", "::1"], at(0))
    assert leaf.not_after == START + dt.timedelta(days=30)
    assert authority.issue(["x"], at(720)).not_after == START + dt.timedelta(days=730)
    certificate = x509.load_pem_x509_certificate(leaf.pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["webapicommon.mtt.ru", "::1"]
    basic = authority.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)
    assert "PRIVATE" not in repr(leaf)


def test_concurrent_processes_share_one_authority(tmp_path):
    environment = os.environ | {"MTT_MOCK_CA_DIR": str(tmp_path / "ca")}
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        exports = list(pool.map(lambda _: run("ca", "export", env=environment).stdout, range(6)))
    assert len(set(exports)) == 1
    assert exports[0] == (tmp_path / "ca" / "ca.pem").read_text()


def test_concurrent_threads_share_one_authority(tmp_path):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: Authority.of_machine(tmp_path / "ca").pem, range(64)))
    assert len(set(found)) == 1


def test_a_missing_or_changed_certificate_is_rewritten(tmp_path):
    authority = Authority.of_machine(tmp_path / "ca")
    for change in (authority.path.unlink, lambda: authority.path.write_text("other")):
        change()
        assert Authority.of_machine(tmp_path / "ca").pem == authority.path.read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ca-key.pem is broken; delete it to get a new authority"),
        (b"\xff\x00 nonsense", "ca-key.pem is broken; delete it to get a new authority"),
        ("swapped", "ca-key.pem is not mtt-mock's; delete it to get a new authority"),
    ],
)
def test_a_broken_key_file_ends_with_exit_code_2(run_in, tmp_path, content, message):
    folder = tmp_path / "ca"
    Authority.of_machine(folder)
    key = folder / "ca-key.pem"
    if content == "swapped":
        other = Authority.of_machine(tmp_path / "other")
        text = (tmp_path / "other" / "ca-key.pem").read_bytes()
        content = text.replace(other.pem, (folder / "ca.pem").read_bytes())
    key.write_bytes(content)
    for command in (["ca", "path"], ["serve", "--port", "0", "--tls", "--tls-port", "0"]):
        done = run_in(folder, *command)
        assert done.returncode == 2
        assert done.stderr == (
            f"mtt-mock: no certificate authority in {folder}: {message} "
            "(MTT_MOCK_CA_DIR names another folder)\n"
        )


def test_a_key_readable_by_others_is_refused(tmp_path):
    Authority.of_machine(tmp_path / "ca")
    (tmp_path / "ca" / "ca-key.pem").chmod(0o640)
    with pytest.raises(AuthorityError, match="others may read its key; delete the folder"):
        Authority.of_machine(tmp_path / "ca")


def test_a_folder_writable_by_others_is_refused(tmp_path):
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca").chmod(0o777)
    with pytest.raises(AuthorityError, match="can be written by others; run: chmod 700"):
        Authority.of_machine(tmp_path / "ca")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_a_different_user_is_refused(tmp_path):
    (tmp_path / "ca").mkdir()
    os.chown(tmp_path / "ca", 12345, 12345)
    with pytest.raises(AuthorityError, match="belongs to another user"):
        Authority.of_machine(tmp_path / "ca")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_a_different_user_is_refused(tmp_path):
    Authority.of_machine(tmp_path / "ca")
    os.chown(tmp_path / "ca" / "ca-key.pem", 12345, 12345)
    with pytest.raises(AuthorityError, match="its key belongs to another user"):
        Authority.of_machine(tmp_path / "ca")


def test_the_folder_is_checked_at_every_use(tmp_path):
    Authority.of_machine(tmp_path / "ca")
    (tmp_path / "ca").chmod(0o777)
    with pytest.raises(AuthorityError, match="can be written by others; run: chmod 700"):
        Authority.of_machine(tmp_path / "ca")


def test_parent_folders_are_private(tmp_path):
    former = os.umask(0)
    try:
        Authority.of_machine(tmp_path / "a" / "b" / "ca")
    finally:
        os.umask(former)
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]


@pytest.fixture
def handshake(tmp_path):
    """Return a function: whether a client that trusts the authority believes a certificate."""

    def handshake(authority, host):
        (tmp_path / "leaf.pem").write_bytes(authority.issue([host, "127.0.0.1"]).pem)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(tmp_path / "leaf.pem")
        client = ssl.create_default_context(cafile=authority.path)
        sent, received = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = client.wrap_bio(received, sent, server_hostname=host)
        theirs = server.wrap_bio(sent, received, server_side=True)
        for side in (ours, theirs, ours):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
        return True

    return handshake


@pytest.mark.parametrize(
    ("host", "believed"),
    [
        ("webapicommon.mtt.ru", True),
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("bank.example", False),
        ("mtt.ru", False),
        ("10.0.0.1", False),
    ],
)
def test_the_authority_is_limited_to_mtt_and_this_machine(tmp_path, handshake, host, believed):
    assert handshake(Authority.of_machine(tmp_path / "ca"), host) is believed


def test_other_hosts_have_a_separate_authority(tmp_path, handshake):
    folder = tmp_path / "ca"
    usual = Authority.of_machine(folder)
    own = Authority.of_machine(folder, hosts=["team.example", "10.1.2.3", "localhost"])
    assert own.path.parent.parent == usual.path.parent
    assert own.pem == Authority.of_machine(folder, hosts=("10.1.2.3", "team.example")).pem
    assert handshake(own, "team.example")
    assert handshake(own, "10.1.2.3")
    assert handshake(own, "webapicommon.mtt.ru")
    assert not handshake(own, "10.1.2.4")
    again = Authority.of_machine(folder, hosts=["127.0.0.1", "webapicommon.mtt.ru"])
    assert again.pem == usual.pem


def test_an_authority_without_name_constraints_is_replaced(tmp_path, monkeypatch):
    builder = x509.CertificateBuilder
    add = builder.add_extension
    with monkeypatch.context() as context:
        context.setattr(
            builder,
            "add_extension",
            lambda self, extension, critical: (
                self
                if isinstance(extension, x509.NameConstraints)
                else add(self, extension, critical)
            ),
        )
        unlimited = Authority.of_machine(tmp_path / "ca")
    with pytest.raises(x509.ExtensionNotFound):
        unlimited.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    limited = Authority.of_machine(tmp_path / "ca")
    assert limited.certificate.extensions.get_extension_for_class(x509.NameConstraints).critical
    assert limited.pem != unlimited.pem


def test_path_and_bundle_name_the_authority_of_other_hosts(run_in, tmp_path):
    own = run_in(tmp_path / "ca", "ca", "path", "--tls-host", "team.example").stdout
    assert own.startswith(f"{tmp_path / 'ca'}/hosts-")
    refused = run_in(tmp_path / "ca", "ca", "path", "--tls-host", "a/b")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "'a/b' is not a host" in refused.stderr


@pytest.mark.parametrize("folder", ["/dev/null", "/dev/null/below", "/proc/below"])
def test_an_impossible_folder_ends_with_exit_code_2(run_in, folder):
    done = run_in(folder, "ca", "path")
    assert done.returncode == 2
    assert done.stderr.startswith(f"mtt-mock: no certificate authority in {folder}: ")
    assert done.stderr.count("\n") == 1


def test_an_unwritable_export_is_one_line(run_in, tmp_path):
    done = run_in(tmp_path / "ca", "ca", "export", str(tmp_path))
    assert (done.returncode, done.stderr) == (
        2,
        f"mtt-mock: cannot write {tmp_path}: Is a directory\n",
    )


def test_no_key_remains_in_the_temporary_folder(tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    server_context(folder=tmp_path / "ca")
    assert list((tmp_path / "tmp").iterdir()) == []
