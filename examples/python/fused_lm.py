"""Fused linear cross-entropy: train a small language model without ever holding its scores.

    python examples/python/fused_lm.py [--steps N]

The last layer of a language model gives each token one score for each word of the vocabulary: here
768 x 40000 floats, 123 MB, and the gradient as much again. losskit.torch.linear_cross_entropy
takes the layer's weights and works in chunks. Trains the same model on the same text (Python's
standard library) either way, each in a process of its own, and prints loss, memory and time.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from pathlib import Path

import losskit.torch
import torch
from torch import nn

VOCABULARY = 40_000
CONTEXT, BATCH, WIDTH = 64, 12, 128


def read_text() -> torch.Tensor:
    """Tokens of Python's own source text as numbers; rare ones share the last."""
    library = Path(sysconfig.get_paths()["stdlib"])
    text = "".join(p.read_text(errors="ignore") for p in sorted(library.glob("*.py")))
    tokens = re.findall(r"\w+|[^\w\s]", text)
    known = {t: k for k, (t, _) in enumerate(Counter(tokens).most_common(VOCABULARY - 1))}
    return torch.tensor([known.get(t, VOCABULARY - 1) for t in tokens])


class LanguageModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.read = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.predict = nn.Linear(WIDTH, VOCABULARY)

    def forward(self, tokens: torch.Tensor, following: torch.Tensor, fused: bool) -> torch.Tensor:
        features = self.read(self.embed(tokens))[0].reshape(-1, WIDTH)
        if fused:
            return losskit.torch.linear_cross_entropy(
                features, self.predict.weight, following, linear_bias=self.predict.bias
            )
        return nn.functional.cross_entropy(self.predict(features), following)


def peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def train(fused: bool, steps: int) -> dict:
    torch.manual_seed(0)
    tokens = read_text()
    model = LanguageModel()
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0)
    before, times = peak(), []
    for _ in range(steps):
        starts = torch.randint(len(tokens) - CONTEXT - 1, (BATCH,))
        windows = torch.stack([tokens[s : s + CONTEXT + 1] for s in starts])
        begin = time.perf_counter()
        loss = model(windows[:, :-1], windows[:, 1:].reshape(-1), fused)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        times.append(time.perf_counter() - begin)
    return {"loss": loss.item(), "memory": peak() - before, "time": sorted(times)[len(times) // 2]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--way", choices=("plain", "fused"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(train(options.way == "fused", options.steps)))
        return
    print(f"{'way':<8}{'last loss':>10}{'memory of training':>22}{'time of a step':>18}")
    for way in ("plain", "fused"):
        command = [sys.executable, __file__, "--way", way, "--steps", str(options.steps)]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        loss, memory, milliseconds = found["loss"], found["memory"], 1e3 * found["time"]
        print(f"{way:<8}{loss:>10.4f}{memory:>19.0f} MB{milliseconds:>15.0f} ms")


if __name__ == "__main__":
    main()
