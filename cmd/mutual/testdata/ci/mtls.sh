#!/bin/sh
# Fails unless TARGET lets in the right client, and nobody else.
# DIR holds ca-crt.pem, client-crt.pem and client-key.pem; with ca-key.pem more is tried.
set -eu
target=${1:?usage: mtls.sh TARGET DIR} dir=${2:?usage: mtls.sh TARGET DIR}
mutual probe "$target" --dir "$dir"
mutual probe "$target" --cacert "$dir/ca-crt.pem" --expect rejected
mutual audit "$target" --dir "$dir"
