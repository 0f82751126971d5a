"""Replace the loss in a PyTorch training loop.

    python examples/python/torch_training_loop.py

Trains the same network from the same start on data with outliers. PyTorch's Huber loss and
losskit's, which takes its place by changing the name in front of it, end at the same weights; then
come losses that PyTorch does not have. The error is measured on clean data.
"""

import losskit.torch
import torch
from torch import nn

STEPS = 300


def make_data(outliers: float) -> tuple[torch.Tensor, torch.Tensor]:
    """x, and sin(x) with noise; a share of the targets is nonsense, all of it too high."""
    x = torch.rand(512, 1) * 6 - 3
    y = torch.sin(x) + 0.1 * torch.randn_like(x)
    wrong = torch.rand_like(y) < outliers
    return x, torch.where(wrong, y + 5 * torch.rand_like(y) + 3, y)


def train(loss_function, x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimiser.step()
    return model


def main() -> None:
    torch.manual_seed(0)
    x, y = make_data(outliers=0.2)
    clean_x = torch.linspace(-3, 3, 500)[:, None]
    losses = {
        "torch mse_loss": nn.functional.mse_loss,
        "torch huber_loss": nn.functional.huber_loss,
        "losskit huber_loss": losskit.torch.huber_loss,
        "losskit log_cosh": losskit.torch.log_cosh,
        "losskit cauchy": lambda a, b: losskit.torch.cauchy(a, b, c=0.3),
        "losskit welsch": lambda a, b: losskit.torch.welsch(a, b, c=0.5),
    }
    models = {}
    print(f"{'loss':<22}{'error on clean data':>20}")
    for name, loss_function in losses.items():
        models[name] = train(loss_function, x, y)
        with torch.no_grad():
            error = (models[name](clean_x) - torch.sin(clean_x)).abs().mean()
        print(f"{name:<22}{error:>20.4f}")
    same = zip(models["torch huber_loss"].parameters(), models["losskit huber_loss"].parameters())
    gap = max((a - b).abs().max().item() for a, b in same)
    print(f"\nlargest difference between the weights of the two Huber losses: {gap:.1e}")


if __name__ == "__main__":
    main()
