"""Namespaces: the system calls, and the errors of refused ones."""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from mtt_mock.cli.main import main
from mtt_mock.interception.child_env.trust_files import java_truststore
from mtt_mock.interception.exec import command, isolation, namespaces, system_trust
from mtt_mock.interception.exec.isolation import Isolation
from mtt_mock.interception.exec.namespaces import NamespaceError

NEWNS, NEWUSER, NEWNET = 0x20000, 0x10000000, 0x40000000


@pytest.fixture
def kernel(monkeypatch):
    """Return a kernel that records calls; ``refused`` maps a call to the error that it gives."""

    class Kernel:
        def __init__(self):
            self.calls, self.refused, self.files = [], {}, {}

        def unshare(self, flags):
            self._call("unshare", flags)

        def mount(self, source, target, *_more, **_options):
            self._call("mount", source, target)

        def write(self, path, text):
            self._call("write", path)
            self.files[path] = text

        def raise_loopback(self):
            self._call("loopback")

        def _call(self, *call):
            self.calls.append(call)
            for refused, number in self.refused.items():
                if call[: len(refused)] == refused:
                    raise OSError(number, os.strerror(number))

    kernel = Kernel()
    monkeypatch.setattr(namespaces, "_unshare", kernel.unshare)
    monkeypatch.setattr(namespaces, "_mount", kernel.mount)
    monkeypatch.setattr(namespaces, "_write", kernel.write)
    monkeypatch.setattr(namespaces, "_raise_loopback", kernel.raise_loopback)
    monkeypatch.setattr(namespaces, "_USERNS_SWITCHES", ())
    return kernel


def test_root_needs_no_user_namespace(kernel):
    namespaces.enter(network=True)
    assert kernel.calls == [("unshare", NEWNS | NEWNET), ("mount", "none", "/"), ("loopback",)]


def test_the_host_network_is_kept_without_isolation(kernel):
    namespaces.enter(network=False)
    assert kernel.calls == [("unshare", NEWNS), ("mount", "none", "/")]


def test_an_unprivileged_user_keeps_uid_and_gid(kernel):
    kernel.refused = {("unshare", NEWNS | NEWNET): errno.EPERM}
    namespaces.enter(network=True)
    assert kernel.calls[1] == ("unshare", NEWNS | NEWNET | NEWUSER)
    assert kernel.files == {
        "/proc/self/setgroups": "deny",
        "/proc/self/uid_map": f"{os.geteuid()} {os.geteuid()} 1",
        "/proc/self/gid_map": f"{os.getegid()} {os.getegid()} 1",
    }


def test_the_systems_certificates_are_shown_with_the_fakes(kernel, monkeypatch, tmp_path):
    files = [tmp_path / "roots.pem", tmp_path / "cacerts"]
    for file in files:
        file.write_bytes(b"roots")
    monkeypatch.setattr(system_trust, "_PEM_FILES", (str(files[0]), "/missing"))
    monkeypatch.setattr(system_trust, "_JAVA_FILES", (str(files[1]),))
    monkeypatch.setattr(system_trust, "java_truststore", lambda _bundle: files[1])
    shown = {}
    monkeypatch.setattr(system_trust, "bind_contents", shown.update)
    monkeypatch.setattr(system_trust, "bind_copy", lambda _folder, _contents: None)
    system_trust.trust_installer(tmp_path / "bundle.pem", "authority")()
    assert kernel.calls == [("unshare", NEWNS), ("mount", "none", "/")]
    assert shown == {files[0]: b"roots\nauthority", files[1]: b"roots"}


@pytest.mark.parametrize("is_refused", [False, True])
def test_the_command_may_update_its_systems_certificates(kernel, monkeypatch, tmp_path, is_refused):
    certificates, other = tmp_path / "certs", tmp_path / "other.pem"
    certificates.mkdir()
    for file in (certificates / "roots.crt", other):
        file.write_bytes(b"roots")
    monkeypatch.setattr(system_trust, "_UPDATED_FOLDER", certificates)
    monkeypatch.setattr(system_trust, "_ADDED_FOLDER", Path("/added"))
    monkeypatch.setattr(system_trust, "_PEM_FILES", (f"{certificates}/roots.crt", str(other)))
    monkeypatch.setattr(system_trust, "_JAVA_FILES", ())
    shown = {}

    def bind_copy(folder, contents):
        if is_refused:
            raise NamespaceError("refused")
        shown.update({folder / name: content for name, content in contents.items()})

    monkeypatch.setattr(system_trust, "bind_copy", bind_copy)
    monkeypatch.setattr(system_trust, "bind_contents", shown.update)
    system_trust.trust_installer(tmp_path / "bundle.pem", "authority")()
    assert shown.pop(Path("/added/mtt-mock.crt"), None) == (None if is_refused else b"authority")
    assert shown == dict.fromkeys([certificates / "roots.crt", other], b"roots\nauthority")


def test_a_copied_folder_has_further_files(kernel, monkeypatch, tmp_path):
    folder, copy = tmp_path / "certs", tmp_path / "copy"
    folder.mkdir()
    (folder / "own.pem").write_bytes(b"own")
    (folder / "roots.crt").symlink_to(folder / "own.pem")

    @contextlib.contextmanager
    def folder_in_memory():
        copy.mkdir()
        yield copy

    monkeypatch.setattr(namespaces, "_folder_in_memory", folder_in_memory)
    namespaces.bind_copy(folder, {"roots.crt": b"roots"})
    assert kernel.calls == [("mount", str(copy), str(folder))]
    assert (copy / "roots.crt").read_bytes() == b"roots"
    assert (copy / "own.pem").read_bytes() == (folder / "own.pem").read_bytes() == b"own"


@pytest.mark.skipif(shutil.which("keytool") is None, reason="keytool is not installed")
def test_keytool_reads_the_trust_store(tmp_path):
    bundle = tmp_path / "bundle.pem"
    shutil.copy(certifi.where(), bundle)
    number = bundle.read_text().count("BEGIN CERTIFICATE")
    command = ["keytool", "-list", "-storepass", "changeit", "-keystore", java_truststore(bundle)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert listed.count("trustedCertEntry") == number > 100


def test_without_the_right_to_mount_the_systems_certificates_stay(kernel, monkeypatch, tmp_path):
    kernel.refused = {("unshare",): errno.EPERM}
    monkeypatch.setattr(system_trust, "_JAVA_FILES", ())
    monkeypatch.setattr(system_trust, "bind_contents", pytest.fail)
    system_trust.trust_installer(tmp_path / "bundle.pem", "authority")()
    assert kernel.calls == [("unshare", NEWNS)]


def test_other_systems_have_no_mounts_of_a_command(kernel, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "darwin")
    system_trust.trust_installer(tmp_path / "bundle.pem", "authority")()
    assert kernel.calls == []


@pytest.mark.parametrize(
    "refused", [("unshare",), ("mount",), ("loopback",), ("write", "/proc/self/uid_map")]
)
def test_refused_steps_are_reported_with_a_remedy(kernel, monkeypatch, refused):
    monkeypatch.setattr(namespaces, "_in_container", lambda: False)
    kernel.refused = {refused: errno.EPERM}
    if refused[0] == "write":
        kernel.refused[("unshare", NEWNS | NEWNET)] = errno.EPERM
    with pytest.raises(NamespaceError) as refusal:
        namespaces.enter(network=True)
    assert str(refusal.value) == (
        "the kernel refuses namespaces: Operation not permitted; remedy: run it as root"
    )


def test_a_refusal_names_the_switch_of_the_kernel(kernel, monkeypatch, tmp_path):
    (tmp_path / "apparmor").write_text("1\n")
    (tmp_path / "other").write_text("5\n")
    monkeypatch.setattr(
        namespaces,
        "_USERNS_SWITCHES",
        tuple(
            (str(tmp_path / name), "1", "run it with sudo")
            for name in ("missing", "other", "apparmor")
        ),
    )
    kernel.refused = {("unshare",): errno.EPERM}
    with pytest.raises(NamespaceError, match=r"/apparmor is 1; remedy: run it with sudo$"):
        namespaces.enter(network=True)


def test_a_refusal_in_a_container_names_dockers_options(kernel, monkeypatch):
    monkeypatch.setattr(namespaces, "_in_container", lambda: True)
    kernel.refused = {("unshare",): errno.EPERM}
    with pytest.raises(NamespaceError, match="remedy: docker run --cap-add SYS_ADMIN"):
        namespaces.enter(network=True)


@pytest.mark.parametrize(
    ("root", "message"), [("/", "remedy: run it as root"), ("/usr", "remedy, .*: mount --bind")]
)
def test_a_refusal_in_a_chroot_names_the_mount(kernel, monkeypatch, tmp_path, root, message):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"113 92 254:0 / {root} rw,relatime - ext4 /dev/vda rw\n")
    monkeypatch.setattr(namespaces, "_MOUNTS", mounts)
    kernel.refused = {("mount", "none", "/"): errno.EINVAL}
    with pytest.raises(NamespaceError, match=message):
        namespaces.enter(network=True)


def test_a_refusal_without_proc_names_the_kernel(kernel, monkeypatch, tmp_path):
    monkeypatch.setattr(namespaces, "_MOUNTS", tmp_path / "missing")
    kernel.refused = {("mount", "none", "/"): errno.EINVAL}
    with pytest.raises(NamespaceError, match="the kernel refuses namespaces: Invalid argument"):
        namespaces.enter(network=True)


def test_other_systems_are_refused(kernel, monkeypatch):
    monkeypatch.setattr(namespaces.sys, "platform", "darwin")
    with pytest.raises(NamespaceError, match="darwin has no namespaces; Linux is needed"):
        namespaces.enter(network=True)
    assert kernel.calls == []


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (("mount", "tmpfs"), "cannot mount a file system in memory: Operation not permitted"),
        (("mount",), "cannot mount a file system in memory: Operation not permitted"),
    ],
)
def test_a_refused_file_system_leaves_no_folder(kernel, monkeypatch, tmp_path, refused, message):
    monkeypatch.setattr(namespaces.tempfile, "tempdir", str(tmp_path))
    kernel.refused = {refused: errno.EPERM}
    with pytest.raises(NamespaceError, match=message):
        namespaces.bind_contents({tmp_path / "hosts": b"x"})
    assert list(tmp_path.iterdir()) == []


def test_a_refused_bind_names_the_file(kernel, tmp_path):
    kernel.refused = {("mount", "/dev/null"): errno.EACCES}
    with pytest.raises(NamespaceError, match=f"cannot mount over {tmp_path}/x: Permission denied"):
        namespaces.bind_file(namespaces.Path("/dev/null"), tmp_path / "x")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces are Linux's")
def test_errors_of_the_kernel_keep_their_number():
    with pytest.raises(OSError, match="Invalid argument") as refusal:
        namespaces._unshare(1)
    assert refusal.value.errno == errno.EINVAL
    with pytest.raises(OSError) as refusal:
        namespaces._mount("none", "/no/such/place", 0)
    assert refusal.value.errno in {errno.ENOENT, errno.EPERM}
    with pytest.raises(NamespaceError, match="cannot mount over /no/such/place: "):
        namespaces.bind_file(namespaces.Path("/dev/null"), namespaces.Path("/no/such/place"))


@pytest.mark.parametrize("file", [None, ".dockerenv", "run/.containerenv"])
def test_containers_are_detected_by_their_files(monkeypatch, tmp_path, file):
    (tmp_path / "run").mkdir()
    if file:
        (tmp_path / file).touch()
    monkeypatch.setattr(
        namespaces, "_CONTAINER_FILES", (tmp_path / ".dockerenv", tmp_path / "run/.containerenv")
    )
    assert namespaces._in_container() is (file is not None)


# What an isolation shows to programs.


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """Return the contents that isolations of this test show, by path; the system stays as it is."""
    shown = {}
    monkeypatch.setattr(isolation, "enter", lambda **_flags: None)
    monkeypatch.setattr(isolation, "bind_contents", shown.update)
    monkeypatch.setattr(
        isolation, "bind_file", lambda source, target: shown.update({target: source})
    )
    monkeypatch.setattr(isolation, "_HOSTS_FILE", tmp_path / "hosts")
    monkeypatch.setattr(isolation, "_RESOLVER_SOCKETS", (str(tmp_path / "nscd"),))
    monkeypatch.setattr(isolation, "_may_bind_low_ports", lambda: True)
    return shown


def test_hosts_lines_of_mtt_are_replaced(shown, tmp_path):
    (tmp_path / "hosts").write_bytes(
        b"127.0.0.1 localhost\n9.9.9.9 x WebApiCommon.MTT.ru.  # real\n#webapicommon.mtt.ru\n\xff\xfe"
    )
    Isolation("network", ["webapicommon.mtt.ru", "b.example"]).redirect_names()
    assert shown[tmp_path / "hosts"] == (
        b"127.0.0.1 webapicommon.mtt.ru b.example\n"
        b"::ffff:127.0.0.1 webapicommon.mtt.ru b.example\n"
        b"127.0.0.1 localhost\n#webapicommon.mtt.ru\n\xff\xfe\n"
    )


def test_resolver_daemons_outside_are_cut_off(shown, tmp_path):
    (tmp_path / "hosts").write_bytes(b"")
    (tmp_path / "nscd").write_bytes(b"")
    Isolation("host", ["a.example"]).redirect_names()
    assert tmp_path / "nscd" not in shown
    Isolation("network", ["a.example"]).redirect_names()
    assert str(shown[tmp_path / "nscd"]) == "/dev/null"


@pytest.mark.parametrize(
    ("venv", "command"),
    [
        ("on-path", ["python"]),
        ("elsewhere", ["sh", "{folder}/elsewhere/bin/python"]),
        (".venv", ["make"]),  # in the working folder
    ],
)
def test_certifi_of_virtual_environments_trusts_the_fake(
    shown, monkeypatch, tmp_path, venv, command
):
    certifi = tmp_path / venv / "lib/python3.12/site-packages/certifi/cacert.pem"
    for folder in (certifi.parent, tmp_path / venv / "bin"):
        folder.mkdir(parents=True)
    certifi.write_bytes(b"public roots")
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"public roots and the fake's authority")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'on-path/bin'}:/usr/bin")
    monkeypatch.setattr(system_trust, "_JAVA_FILES", ())
    words = [word.format(folder=tmp_path) for word in command]
    isolation.Isolation("network", ["mtt.example"], words).trust(bundle)
    assert shown[certifi] == b"public roots and the fake's authority"


def test_a_missing_hosts_file_is_reported_with_a_remedy(shown, tmp_path):
    with pytest.raises(NamespaceError, match="hosts does not exist; create an empty one"):
        Isolation("network", ["a.example"]).redirect_names()


def test_an_unreadable_hosts_file_is_reported(shown, tmp_path):
    (tmp_path / "hosts").mkdir()
    with pytest.raises(NamespaceError, match=r"cannot read .*hosts: Is a directory"):
        Isolation("network", ["a.example"]).redirect_names()


def test_the_private_network_needs_no_proxy_variables(shown):
    given = {"HTTPS_PROXY": "http://p", "https_proxy": "http://p", "A": "1"}
    assert Isolation("network", ["a.example"]).variables(given) == {"A": "1"}
    assert Isolation("host", ["a.example"]).variables(given) == given


def test_the_addresses_of_the_fake_are_loopback(shown):
    assert Isolation("network", ["a.example"]).address == "127.0.0.1"
    assert Isolation("host", ["a.example"]).address == "127.84.84.1"


def test_the_hosts_mode_needs_low_ports(shown, monkeypatch):
    monkeypatch.setattr(isolation, "_may_bind_low_ports", lambda: False)
    with pytest.raises(NamespaceError, match=r"net\.ipv4\.ip_unprivileged_port_start=80"):
        Isolation("host", ["a.example"])


@pytest.mark.parametrize(
    ("euid", "start", "may"),
    [(0, None, True), (7, "80\n", True), (7, "1024\n", False), (7, None, False)],
)
def test_low_ports_belong_to_root_or_to_all(monkeypatch, tmp_path, euid, start, may):
    monkeypatch.setattr(isolation.os, "geteuid", lambda: euid)
    file = tmp_path / "start"
    if start is not None:
        file.write_text(start)
    monkeypatch.setattr(isolation, "_UNPRIVILEGED_PORT_START", file)
    assert isolation._may_bind_low_ports() is may


# Libraries of other tests leave threads; the child process uses none of them.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(
    ("works", "mode"), [(("network", "host"), "network"), (("host",), "host"), ((), None)]
)
def test_auto_takes_the_strongest_mode_that_works(shown, monkeypatch, tmp_path, works, mode):
    (tmp_path / "hosts").write_bytes(b"")

    def enter(network):
        if ("network" if network else "host") not in works:
            raise NamespaceError("refused")

    monkeypatch.setattr(isolation, "enter", enter)
    assert isolation.strongest_mode(["a.example"]) == mode


def test_auto_finds_no_mode_where_no_process_can_fork(monkeypatch):
    monkeypatch.delattr(isolation.os, "fork")
    assert isolation.strongest_mode(["a.example"]) is None


def test_isolate_is_refused_where_no_process_can_fork(monkeypatch, capsys):
    monkeypatch.delattr(isolation.os, "fork")
    assert main(["exec", "--isolate", "--", "true"]) == 2
    assert capsys.readouterr().err == (
        "mtt-mock: --isolate: Windows has no namespaces; leave --isolate out\n"
    )


def test_a_console_without_terminals_sends_signals_to_the_command_too(monkeypatch):
    monkeypatch.delattr(command.os, "O_NOCTTY")
    assert command._is_from_terminal(signal.SIGTERM) is True
