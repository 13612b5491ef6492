"""Asks which locked packages have known faults; exit status 1 where one has, 2 where nobody could be asked.

python -m supply.audit
"""

import json
import subprocess
import sys
from pathlib import Path

LOCKS = sorted(Path(__file__).parent.glob("*.lock"))


def main() -> int:
    found, unreachable = 0, False
    for lock in LOCKS:
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip"]
        done = subprocess.run(
            [*command, "--require-hashes", "--format", "json", "--progress-spinner", "off"],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            packages = json.loads(done.stdout)["dependencies"]
        except (ValueError, KeyError):
            unreachable = True
            last = (done.stderr.strip() or "no answer").splitlines()[-1]
            print(
                f"{lock.name}: could not be audited ({last[:200]}). Run this where advisories can be reached."
            )
            continue
        for package in packages:
            for fault in package.get("vulns", []):
                found += 1
                fixed = ", ".join(fault["fix_versions"]) or "no version yet"
                print(
                    f"{lock.name}: {package['name']} {package['version']}: {fault['id']}; mended in {fixed}"
                )
        print(f"{lock.name}: {len(packages)} packages asked about.")
    return 1 if found else 2 if unreachable else 0


if __name__ == "__main__":
    sys.exit(main())
