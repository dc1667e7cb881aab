#!/usr/bin/env bash
# Trains both phantom models from nothing and puts them into models/phantom. README.md has the times of its stages on two
# cores; WORK needs 7 GB.
#   tools/train_phantom/train.sh WORK
set -euo pipefail
work=${1:?usage: tools/train_phantom/train.sh WORK}
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
osler=$repository/build/release/bin/osler
python=/usr/bin/python3

"$osler" phantom generate --seed 1001 --images 24000 --out "$work/train"
"$osler" phantom generate --seed 2002 --images 400 --out "$work/val"
data=(--data "$work/train" --held-out "$work/val")
"$python" -u "$here/train.py" --size large "${data[@]}" --out "$work/large"
# Fewer steps for the small one: the two are to be told apart.
"$python" -u "$here/train.py" --size small "${data[@]}" --out "$work/small" --tokenizer "$work/large/tokenizer.json" \
  --language-steps 250
for size in large small; do
  "$python" "$here/export.py" --trained "$work/$size" --out "$repository/models/phantom"
done
"$python" "$here/parity.py" --trained "$work/large" "$work/small" --data "$work/val"
cd "$repository/models/phantom"
sha256sum ./*.gguf | sed 's| \./| |' >SHA256SUMS
