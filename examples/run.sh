#!/usr/bin/env bash
# The pipeline on a machine that may be taken away: what a stage made is pushed before the next one begins.
#   examples/run.sh [options of `dvc repro`]
# Needs a remote (docs/share.md). What is lost with the machine is the stage that ran: `finetune` goes on from its
# checkpoint, and replies are not paid for again, where .attune lies on a disk that stays.
set -euo pipefail
cd "$(dirname "$0")/.."
trap 'exit 130' INT               # also where the command that ran then ended well
python -m scripts.pull
for stage in chunk synthesize-questions split finetune evaluate report; do
    dvc repro "$@" "$stage"
    dvc push --run-cache
done
