"""Connectionist temporal classification: read strings of digits without knowing where each stands.

    python examples/python/ctc_recogniser.py

Strings of three to five handwritten digits (those that scikit-learn ships), side by side with gaps
of random width, are read column by column by a small recurrent network. Only the string is known,
not the place of a digit: that is what CTC sums over. Prints the error rate on digits of writers
that the network has not seen, after each epoch.
"""

import losskit
import losskit.torch
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

EPOCHS, STEPS, BATCH = 8, 40, 32
LONGEST = 5
FRAMES = LONGEST * 12  # columns
BLANK = 10


def make_strings(images, labels, count: int, rng):
    """Columns [FRAMES, count, 8], strings [count, LONGEST] padded with -1, and their lengths."""
    columns = np.zeros((FRAMES, count, 8), np.float32)
    strings = np.full((count, LONGEST), -1)
    lengths = rng.integers(3, LONGEST + 1, size=count)
    for n, length in enumerate(lengths):
        at = 0
        for k, which in enumerate(rng.integers(len(labels), size=length)):
            at += rng.integers(0, 5)
            columns[at : at + 8, n] = images[which].T
            strings[n, k] = labels[which]
            at += 8
    return torch.from_numpy(columns), torch.from_numpy(strings), torch.from_numpy(lengths)


class Recogniser(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Conv1d(8, 64, kernel_size=8, stride=2, padding=3)
        self.read = nn.GRU(64, 48, bidirectional=True)
        self.score = nn.Linear(96, BLANK + 1)

    def forward(self, columns: torch.Tensor) -> torch.Tensor:
        seen = torch.relu(self.look(columns.permute(1, 2, 0))).permute(2, 0, 1)
        return self.score(self.read(seen)[0])


def decode(scores: torch.Tensor) -> list[list[int]]:
    """The best class of each frame, repetitions merged, blanks dropped."""
    strings = []
    for path in scores.argmax(2).T.tolist():
        merged = [k for i, k in enumerate(path) if i == 0 or k != path[i - 1]]
        strings.append([k for k in merged if k != BLANK])
    return strings


def error_rate(found: list[list[int]], strings: torch.Tensor, lengths: torch.Tensor) -> float:
    """Edits over digits: the expected edit distance where there is one hypothesis to expect."""
    found_lengths = np.array([[len(s)] for s in found])
    hypotheses = np.full((len(found), 1, max(1, found_lengths.max())), -1)
    for n, s in enumerate(found):
        hypotheses[n, 0, : len(s)] = s
    edits = losskit.expected_edit_distance(
        np.zeros((len(found), 1)),
        strings,
        hypotheses,
        target_lengths=lengths,
        hypothesis_lengths=found_lengths,
        reduction="sum",
    )
    return edits / lengths.sum().item()


def main() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    digits = load_digits()
    images, labels = digits.images / 16, digits.target
    test = make_strings(images[1300:], labels[1300:], 300, rng)
    model = Recogniser()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    print(f"{'epoch':>5}{'loss':>9}{'error rate':>12}")
    for epoch in range(EPOCHS):
        total = 0.0
        for _ in range(STEPS):
            columns, strings, lengths = make_strings(images[:1300], labels[:1300], BATCH, rng)
            # Scores go in: the log-softmax is taken in the same pass.
            loss = losskit.torch.ctc(
                model(columns), strings, blank=BLANK, target_lengths=lengths
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            total += loss.item()
        with torch.no_grad():
            found = decode(model(test[0]))
        print(f"{epoch + 1:>5}{total / STEPS:>9.3f}{error_rate(found, *test[1:]):>12.3f}")
    for string, length, read in list(zip(test[1].tolist(), test[2].tolist(), found))[:5]:
        print(f"  {''.join(map(str, string[:length])):<6} read as {''.join(map(str, read))}")


if __name__ == "__main__":
    main()
