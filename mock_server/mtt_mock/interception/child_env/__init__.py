"""Programs that this one starts, in any language, meet the fake as well.

``variables`` is what their environment is given. The folders beside it hold what the variables make
each language load, because not every library asks the environment for a proxy.
"""

from mtt_mock.interception.child_env.variables import (
    ca_env,
    exec_env,
    redirect_env,
    without_proxy_for,
)

__all__ = ["ca_env", "exec_env", "redirect_env", "without_proxy_for"]
