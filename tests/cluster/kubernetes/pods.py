"""pods.py JOB.yaml: runs the container of an indexed Job for each index, and again if it fails, as Kubernetes does."""
import os
import subprocess
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    job = yaml.safe_load(file)
assert (job["apiVersion"], job["kind"], job["spec"]["completionMode"]) == ("batch/v1", "Job", "Indexed")
pod = job["spec"]["template"]["spec"]
assert pod["restartPolicy"] == "OnFailure"
(container,) = pod["containers"]
failures = 0
for index in range(job["spec"]["completions"]):
    environment = dict(os.environ, JOB_COMPLETION_INDEX=str(index))
    while subprocess.run(container["command"] + container["args"], env=environment, check=False).returncode != 0:
        failures += 1
        assert failures <= job["spec"]["backoffLimit"], "backoffLimit"
