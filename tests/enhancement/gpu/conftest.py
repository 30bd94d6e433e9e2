"""These tests are no tests where there is no GPU: they are not collected, since a skipped test fails CI."""

import torch

collect_ignore = [] if torch.cuda.is_available() else ["test_gpu.py"]
