# Verbs and options of sweeps and experiments, and of check-run, where python3-argcomplete is installed.
! command -v register-python-argcomplete >/dev/null || eval "$(register-python-argcomplete tcp-lifecycle)"
