#!/usr/bin/env bash
# Makes models/prox-nano.gguf and its test vectors from the data files: training/make_nano.sh DATA_FOLDER
# Needs Python 3.11 and pip. Can be stopped and started again.
set -euo pipefail
data=$(realpath "${1:?needs the folder of the data files (training/README.md)}")
cd "$(dirname "$0")"

[ -x ../.venv/bin/python ] || python3 -m venv ../.venv
../.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
python=../.venv/bin/python

"$python" -m prox_train.train configs/nano.json --data "$data"
epochs=(work/nano/epoch{2,3}.pt)
"$python" -m prox_train.export ../models/prox-nano.gguf "${epochs[@]}" --data "$data"
"$python" -m prox_train.document_words ../models/prox-nano.gguf ../models/prox-nano.gguf --data "$data"
"$python" -m prox_train.spans add ../models/prox-nano.gguf ../models/prox-nano.gguf
"$python" -m prox_train.vectors ../models/prox-nano.gguf ../tests/data/nano_vectors.json.gz "${epochs[@]}"
echo "next: PROX_UPDATE_GOLDEN=1 cargo test --test golden"
