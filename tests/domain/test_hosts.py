"""Host names and URLs that users give."""

import pytest

from mtt_mock.domain.hosts import HostError, host_names, split_http_url


def test_hosts_are_compared_in_lower_case_without_a_dot():
    assert host_names(["Example.COM.", "example.com", "[::1]"]) == ("example.com", "::1")


@pytest.mark.parametrize(
    "names",
    ["example.com", [], None, [7], [""], ["http://a"], ["a b"], ["*.a"], ["имя"], ["a:80/"]],
)
def test_invalid_host_names_are_refused(names):
    with pytest.raises(HostError, match="host"):
        host_names(names)


@pytest.mark.parametrize("url", ["http://a", "https://a:8443/x?y=1", "http://[::1]:80/"])
def test_an_http_url_is_split(url):
    assert split_http_url(url).geturl() == url


@pytest.mark.parametrize(
    "url", ["a", "ftp://a", "http://", "http://a:0", "http://a:x", "http://[a"]
)
def test_invalid_http_urls_are_refused(url):
    with pytest.raises(HostError, match="not an http"):
        split_http_url(url)
