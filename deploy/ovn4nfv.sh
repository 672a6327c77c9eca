#!/bin/sh
# This is /bin/ovn4nfv in the image.
exec /bin/node --max-semi-space-size=16 --expose-gc /opt/ovn4nfv/ovn4nfv.js "$@"
