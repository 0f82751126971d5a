"""Center loss: features that lie close to those of their own class.

    python examples/python/center_loss_mnist.py [--data DIRECTORY] [--plot FILE]

Trains a network with features in the plane, with cross-entropy alone and with center loss added
(Wen et al., ECCV 2016), and prints accuracy and how far features lie from their class's mean,
relative to how far the means lie from each other. DIRECTORY holds MNIST's four files, gzipped or
not; without it the digits that scikit-learn ships are used.
"""

import argparse
import gzip
from pathlib import Path

import losskit.torch
import numpy as np
import torch
from torch import nn

EPOCHS = 40
WEIGHT = 0.5  # of center loss


def read_idx(directory: Path, name: str) -> np.ndarray:
    path = directory / name
    if path.exists():
        data = path.read_bytes()
    else:
        with gzip.open(directory / f"{name}.gz") as file:
            data = file.read()
    extents = np.frombuffer(data, ">i4", data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(extents)).reshape(extents)


def load(directory: Path | None) -> list[torch.Tensor]:
    """Images as rows in [0, 1] and labels: to train on, then held out."""
    if directory is None:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        images = images / 16
        parts = (images[:1300], labels[:1300], images[1300:], labels[1300:])
    else:
        train, test = "train-{}-ubyte", "t10k-{}-ubyte"
        parts = (
            read_idx(directory, train.format("images-idx3"))[:12000].reshape(-1, 784) / 255,
            read_idx(directory, train.format("labels-idx1"))[:12000],
            read_idx(directory, test.format("images-idx3")).reshape(-1, 784) / 255,
            read_idx(directory, test.format("labels-idx1")),
        )
    return [
        torch.tensor(part, dtype=torch.long if k % 2 else torch.float32)
        for k, part in enumerate(parts)
    ]


def train(images: torch.Tensor, labels: torch.Tensor, weight: float) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    features = nn.Sequential(
        nn.Linear(images.shape[1], 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    scores = nn.Linear(2, 10)
    center_loss = losskit.torch.CenterLoss(num_classes=10, in_features=2)  # moves its centers
    optimiser = torch.optim.Adam([*features.parameters(), *scores.parameters()], lr=0.003)
    epochs = EPOCHS if len(images) < 5000 else EPOCHS // 5
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            x = features(images[batch])
            loss = losskit.torch.cross_entropy(scores(x), labels[batch])
            if weight:
                loss = loss + weight * center_loss(x, labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return features, scores


def spread(x: torch.Tensor, labels: torch.Tensor) -> float:
    """Mean distance from the class's mean over the mean distance between two classes' means."""
    means = torch.stack([x[labels == k].mean(0) for k in range(10)])
    return ((x - means[labels]).norm(dim=1).mean() / torch.pdist(means).mean()).item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="directory of MNIST's files")
    parser.add_argument("--plot", type=Path, help="picture of the features to write")
    options = parser.parse_args()
    images, labels, held_out, truth = load(options.data)
    print(f"{'loss':<28}{'accuracy':>10}{'spread':>10}")
    found = {}
    for name, weight in (("cross-entropy", 0.0), ("cross-entropy + center", WEIGHT)):
        features, scores = train(images, labels, weight)
        with torch.no_grad():
            x = features(held_out)
            accuracy = (scores(x).argmax(1) == truth).float().mean().item()
        found[name] = x
        print(f"{name:<28}{accuracy:>10.3f}{spread(x, truth):>10.3f}")
    if options.plot:
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(1, 2, figsize=(10, 5), layout="constrained")
        for one, (name, x) in zip(axes, found.items()):
            one.scatter(x[:, 0], x[:, 1], c=truth, s=6, cmap="tab10")
            one.set_title(name)
        figure.savefig(options.plot)


if __name__ == "__main__":
    main()
