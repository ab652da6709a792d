"""What every stage stands on: errors, params, files, the data set."""

import os

from attune.core.environment import set_defaults

set_defaults(os.environ)  # here, since every stage imports this package first, and torch after it
