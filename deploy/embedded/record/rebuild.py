"""`rebuild`: puts back into Redis what the record holds, while chat goes on."""

import subprocess
import sys

from deploy.embedded.record.stack import Stack
from deploy.embedded.settings import CHECKOUT


def rebuild(stack: Stack) -> bool:
    """Run the job in the foreground, as it tells by itself how far it is; True when it is done."""
    command = [sys.executable, "-m", "services.memory_writer.rebuild"]
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=stack.job_environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0
