"""How gunicorn runs app.py."""

import os

# The numerical libraries' own threads, which do not outlive the fork of a worker: workers and threads of gunicorn are enough.
os.environ.setdefault("OMP_NUM_THREADS", "1")

bind = "0.0.0.0:" + os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
# A worker costs memory; threads cost none, and with more of them than requests at a time /ping is answered while predictions run.
workers = int(os.environ.get("MODEL_SERVER_WORKERS") or os.cpu_count() or 1)
threads = int(os.environ.get("MODEL_SERVER_THREADS") or 16)
preload_app = True  # the model is loaded once, and shared by all workers
timeout = 65  # SageMaker waits 60 seconds for an answer
graceful_timeout = 20  # and kills 30 seconds after SIGTERM
keepalive = 75
worker_tmp_dir = "/dev/shm"  # a heartbeat that waits for a disk looks like a hung worker, which gunicorn kills
control_socket_disable = True  # newer versions would put a socket into the home directory
