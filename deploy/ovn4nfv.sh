#!/bin/sh
# This is /bin/ovn4nfv in the image. An agent runs on each node, so there memory counts for more than speed: a small young
# generation, and functions are compiled when they are called, and once more when they are called often.
case "${1:-}" in
  agent) exec /bin/node --max-semi-space-size=1 --max-lazy --no-maglev --no-sparkplug --expose-gc /opt/ovn4nfv/ovn4nfv.mjs "$@" ;;
  *) exec /bin/node --max-semi-space-size=16 --expose-gc /opt/ovn4nfv/ovn4nfv.mjs "$@" ;;
esac
