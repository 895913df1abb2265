"""Applications in this process that have MTT's URL in their code meet the fake.

``hooks`` is what happens to sockets, ``environment`` what libraries and children read;
``interception`` puts them together.
"""

from mtt_mock.interception.hooks import InterceptError, InterceptWarning
from mtt_mock.interception.interception import Interception, intercept
from mtt_mock.server.tls import AuthorityError

__all__ = ["AuthorityError", "InterceptError", "InterceptWarning", "Interception", "intercept"]
