"""ELMo's network in plain PyTorch, batches padded; needs PyTorch and NumPy, no wordloom.

``python elmo_torch.py ARRAYS.npz BATCH PART``: PART is "all", from characters to the layers, or
"lstm", from token vectors on. Prints seconds and a few numbers of the result as JSON.
"""

import json
import sys
import time

import numpy as np
import torch
from torch import Tensor, nn

Arrays = dict[str, np.ndarray]


class Characters(nn.Module):
    """Convolutions, maximum, highway layers, projection, for each token of each text."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        self.table = nn.Embedding.from_pretrained(torch.tensor(arrays["char_embed"]))
        self.convolutions = nn.ModuleList()
        place = 0
        while f"CNN/W_cnn_{place}" in arrays:
            filters = arrays[f"CNN/W_cnn_{place}"][0]  # (width, dim, number)
            layer = nn.Conv1d(filters.shape[1], filters.shape[2], filters.shape[0])
            layer.weight.data = torch.tensor(filters.transpose(2, 1, 0).copy())
            layer.bias.data = torch.tensor(arrays[f"CNN/b_cnn_{place}"])
            self.convolutions.append(layer)
            place += 1
        self.highway = []
        place = 0
        while f"CNN_high_{place}/W_carry" in arrays:
            self.highway.append(
                [
                    torch.tensor(arrays[f"CNN_high_{place}/{name}"])
                    for name in ("W_carry", "b_carry", "W_transform", "b_transform")
                ]
            )
            place += 1
        self.w = torch.tensor(arrays["CNN_proj/W_proj"])
        self.b = torch.tensor(arrays["CNN_proj/b_proj"])

    def forward(self, ids: Tensor) -> Tensor:
        """Return the vectors of tokens, (texts, tokens, dim)."""
        texts, tokens, _ = ids.shape
        x = self.table(ids.flatten(0, 1)).transpose(1, 2)
        x = torch.cat([torch.relu(layer(x).amax(2)) for layer in self.convolutions], 1)
        for w_carry, b_carry, w_transform, b_transform in self.highway:
            gate = torch.sigmoid(x @ w_carry + b_carry)
            x = gate * torch.relu(x @ w_transform + b_transform) + (1 - gate) * x
        return (x @ self.w + self.b).view(texts, tokens, -1)


class ProjectedLSTM(nn.Module):
    """One layer, step by step; several times faster on the CPU than `nn.LSTM(proj_size=…)`.

    PyTorch has no fast form of that on the CPU (it warns of it).
    """

    def __init__(self, arrays: Arrays, direction: int, layer: int) -> None:
        super().__init__()
        name = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
        w, b, self.projection = (
            torch.tensor(arrays[f"{name}/{part}"]) for part in ("W_0", "B", "W_P_0")
        )
        dim, size = self.projection.shape
        b[2 * dim : 3 * dim] += 1
        self.w_input, self.w_state, self.bias, self.dim = w[:size], w[size:], b, dim

    def forward(self, x: Tensor) -> Tensor:
        """Return what the layer puts out, (texts, tokens, dim)."""
        inputs = (x @ self.w_input + self.bias).unbind(1)  # one product for all steps
        c = x.new_zeros(len(x), self.dim)
        h = x.new_zeros(len(x), x.shape[2])
        outputs = []
        for gates in inputs:
            i, j, f, o = torch.addmm(gates, h, self.w_state).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(j)
            h = (torch.sigmoid(o) * torch.tanh(c)) @ self.projection
            outputs.append(h)
        return torch.stack(outputs, 1)


def main(path: str, batch: int, part: str) -> None:
    """Run all texts in their order, `batch` at a time, and print what it took."""
    torch.set_num_threads(int(np.load(path)["threads"]))
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    characters = Characters(arrays)
    layers = [[ProjectedLSTM(arrays, each, layer) for layer in range(2)] for each in range(2)]
    words = torch.tensor(arrays["characters"]).long()  # of each distinct word, then the marks
    ids, splits = arrays["ids"], arrays["splits"]
    begin, end = len(words) - 2, len(words) - 1
    vectors = None
    with torch.inference_mode():
        if part == "lstm":
            vectors = characters(words[None])[0]
        started = time.perf_counter()
        kept = []
        for first in range(0, len(splits) - 1, batch):
            texts = [
                [begin, *ids[splits[text] : splits[text + 1]].tolist(), end]
                for text in range(first, min(first + batch, len(splits) - 1))
            ]
            lengths = torch.tensor([len(text) for text in texts])
            longest = int(lengths.max())
            padded = torch.tensor([text + [end] * (longest - len(text)) for text in texts])
            x = characters(words[padded]) if vectors is None else vectors[padded]
            place = torch.arange(longest)[None, :]
            turned = torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place)
            outputs = [x]
            halves = []
            for direction in range(2):
                turn = turned[:, :, None].expand(-1, -1, x.shape[2])
                h = x if direction == 0 else x.gather(1, turn)
                found = []
                for number, layer in enumerate(layers[direction]):
                    out = layer(h)
                    h = out + h if number else out
                    found.append(h if direction == 0 else h.gather(1, turn))
                halves.append(found)
            outputs += [torch.cat([halves[0][k], halves[1][k]], 2) for k in range(2)]
            kept.append(outputs[2][0, 1, :5].tolist())
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "numbers": kept}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
