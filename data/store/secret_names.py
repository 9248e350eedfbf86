"""Names of settings whose values are never shown."""

import re

SECRET_NAME = re.compile(r"^key$|(^|_)(secret|token|password|passwd|(api|access|account)_key|credentials?)$", re.I)
REDACTED = "[redacted]"
"""What stands in place of such a value."""
