"""Five steps of each optimiser as PyTorch takes them, in double precision: mlp.txt, which
tests/test_learn_mlp_steps.c reads. Run: python mlp.py > mlp.txt

A line `NAME COUNT`, then so many numbers. A network's arrays come layer by layer, each layer as
weight, bias, PReLU's slope, scale, offset, running mean, running variance, where it has them."""

import torch
from torch import nn

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)

ROWS, FEATURES, CLASSES, STEPS = 9, 4, 3, 5


def show(name, numbers):
    flat = torch.cat([n.detach().reshape(-1) for n in numbers])
    print(name, flat.numel())
    text = [f"{v:.17g}" for v in flat.tolist()]
    for i in range(0, len(text), 4):
        print(*text[i : i + 4])


class Network(nn.Module):
    """tanh with batch normalisation, then PReLU, then scores."""

    def __init__(self):
        super().__init__()
        self.first, self.normal = nn.Linear(FEATURES, 5), nn.BatchNorm1d(5)
        self.second, self.prelu = nn.Linear(5, 4), nn.PReLU(4)
        self.output = nn.Linear(4, CLASSES)

    def forward(self, x):
        h = torch.tanh(self.normal(self.first(x)))
        return self.output(self.prelu(self.second(h)))

    def arrays(self, pick=lambda p: p):
        n = self.normal
        return [
            *map(pick, [self.first.weight, self.first.bias, n.weight, n.bias]),
            n.running_mean,
            n.running_var,
            *map(pick, [self.second.weight, self.second.bias, self.prelu.weight]),
            *map(pick, [self.output.weight, self.output.bias]),
        ]


def single(x):
    """A number that f32 holds."""
    return x.float().double()


x = single(torch.randn(ROWS, FEATURES))
y = torch.arange(ROWS) % CLASSES
start = Network()
with torch.no_grad():
    for p in start.parameters():
        p.copy_(single(p + 0.1 * torch.randn_like(p)))
state = {k: v.clone() for k, v in start.state_dict().items()}

show("features", [x])
show("labels", [y])
show("start", start.arrays())
loss = nn.functional.cross_entropy(start(x), y)
loss.backward()
show("loss", [loss])
show("scores_after_one_pass", [start.eval()(x)])

OPTIMISERS = {
    "sgd": lambda g: torch.optim.SGD(g, lr=0.1),
    "momentum": lambda g: torch.optim.SGD(g, lr=0.1, momentum=0.9),
    "nesterov": lambda g: torch.optim.SGD(g, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda g: torch.optim.Adam(g, lr=0.02, betas=(0.9, 0.999), eps=1e-8),
    "adamw": lambda g: torch.optim.AdamW(g, lr=0.02, betas=(0.9, 0.999), eps=1e-8),
}
for clip in (0, 0.2):
    for name, make in OPTIMISERS.items():
        net = Network()
        net.load_state_dict(state)
        weights = [net.first.weight, net.second.weight, net.output.weight]
        others = [p for p in net.parameters() if all(p is not w for w in weights)]
        optimiser = make([
            {"params": weights, "weight_decay": 0.05},
            {"params": others, "weight_decay": 0.0},
        ])
        for _ in range(STEPS):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            if clip:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimiser.step()
        show(f"{name}{'_clipped' if clip else ''}", net.arrays())
