"""Skip-gram and CBOW with shared negatives in plain Python and NumPy, draw for draw."""

import itertools

import numpy as np

MASK = (1 << 64) - 1


class Generator:
    """Knuth's 64-bit linear congruential generator."""

    def __init__(self, seed):
        self.state = int(seed)

    def draw(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return self.state >> 32

    def below(self, bound):
        return (self.draw() * bound) >> 32


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def kept_words(tokens, documents, start, end, keep, random):
    """Return the words that survive, and for each the bounds of its document among them."""
    words, bounds = [], []
    for first, last in itertools.pairwise(documents):
        begin = len(words)
        for token in range(max(first, start), min(last, end)):
            if random.draw() <= keep[tokens[token]]:
                words.append(int(tokens[token]))
        bounds += [(begin, len(words))] * (len(words) - begin)
    return words, bounds


def windows(begin, stop, window, bounds, random):
    """Return each center's context positions."""
    contexts = []
    for center in range(begin, stop):
        reach = 1 + random.below(window)
        low, high = (
            max(center - reach, bounds[center][0]),
            min(center + reach + 1, bounds[center][1]),
        )
        contexts.append([position for position in range(low, high) if position != center])
    return contexts


def negative_words(sampler, count, random):
    """Draw from the alias table."""
    drawn = []
    for _ in range(count):
        word = random.below(len(sampler.alias))
        drawn.append(word if random.draw() <= sampler.threshold[word] else int(sampler.alias[word]))
    return drawn


def chunk_end(words, begin, end, settings):
    """Return where a chunk ends: before a word comes up more than ``repeats`` times."""
    for stop in range(begin, end):
        if words[begin:stop].count(words[stop]) == settings.repeats:
            return stop
    return end


def train_words(words, bounds, begin, end, inputs, outputs, sampler, settings, rate, random, cbow):
    """Train on the words from ``begin`` to ``end``, in place.

    Returns the loss and the number of pairs.
    """
    weight = settings.negative / settings.pool
    loss, pairs = 0.0, 0
    stop = begin
    while stop < end:
        start, stop = stop, chunk_end(words, stop, min(stop + settings.chunk, end), settings)
        contexts = windows(start, stop, settings.window, bounds, random)
        pool = negative_words(sampler, settings.pool, random)
        input_step, output_step = np.zeros_like(inputs), np.zeros_like(outputs)
        for center, context in zip(range(start, stop), contexts, strict=True):
            if cbow is None:
                examples = [([words[position]], 1.0) for position in context]
            else:
                share = 1 / max(len(context), 1) if cbow == "exact" else 1.0
                examples = [([words[position] for position in context], share)] if context else []
            for rows, share in examples:
                hidden = inputs[rows].mean(axis=0)
                error = np.zeros_like(hidden)
                targets = [(words[center], 1.0, 1.0)] + [(word, 0.0, weight) for word in pool]
                for word, label, times in targets:
                    probability = sigmoid(hidden @ outputs[word])
                    loss -= times * np.log(probability if label else 1 - probability)
                    step = rate * times * (label - probability)
                    error += step * outputs[word]
                    output_step[word] += step * hidden
                for row in rows:
                    input_step[row] += share * error
                pairs += 1
        inputs += input_step
        outputs += output_step
    return loss, pairs


def train(tokens, documents, start, end, tables, sampler, settings, rate, seed, cbow=None):
    """Train one block in float64; ``cbow`` is None, "word2vec" or "exact".

    Returns the new tables, the loss and the number of pairs.
    """
    random = Generator(seed)
    inputs = tables.input.astype(np.float64)
    outputs = tables.output.astype(np.float64)
    words, bounds = kept_words(tokens, documents, start, end, sampler.keep, random)
    loss, pairs = train_words(
        words, bounds, 0, len(words), inputs, outputs, sampler, settings, rate, random, cbow
    )
    return inputs, outputs, loss, pairs


def train_fasttext(
    tokens, documents, start, end, tables, parts, batch, sampler, settings, rate, seed, cbow=None
):
    """Train one block of words that are composed of rows; ``parts`` lists those of each word.

    Returns the new tables, the loss and the number of pairs.
    """
    random = Generator(seed)
    inputs = tables.input.astype(np.float64)
    outputs = tables.output.astype(np.float64)
    words, bounds = kept_words(tokens, documents, start, end, sampler.keep, random)
    loss, pairs = 0.0, 0
    for begin in range(0, len(words), batch):
        stop = min(begin + batch, len(words))
        before = np.array([inputs[rows].mean(axis=0) for rows in parts])
        after = before.copy()
        batch_loss, batch_pairs = train_words(
            words, bounds, begin, stop, after, outputs, sampler, settings, rate, random, cbow
        )
        for rows, step in zip(parts, after - before, strict=True):
            for row in rows:
                inputs[row] += step
        loss += batch_loss
        pairs += batch_pairs
    return inputs, outputs, loss, pairs
