import os
import sys
import unicodedata

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning, InputError, MissingExtraError
from wordloom.formats.loading import load
from wordloom.formats.saving import save
from wordloom.formats.tensorflow import write as saved_model_write
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

PRESETS = ["words", "spaces", "strip", "tfhub", "keras", "characters"]
TEXTS = ["A dry cough; don’t 咳嗽!", "", "COVID-19  fever", "nothing known"]


def embedding_of(words, **settings):
    rng = np.random.default_rng(7)
    counts = np.arange(len(words), 0, -1) * 10
    vocabulary = Vocabulary.from_words(words, counts, counts // 2 + 1, 10 * len(words))
    return StaticEmbedding(vocabulary, rng.normal(size=(len(words), 6)), **settings)


@pytest.fixture
def embedding():
    return embedding_of(["cough", "dry", "fever", "don't", "咳", "covid", "19"], name="toy")


def test_without_tensorflow_the_extra_is_named(embedding, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[tensorflow\]"):
        save(embedding, tmp_path / "m", format="saved-model")
    assert list(tmp_path.iterdir()) == []


def test_a_tokenizer_that_is_no_graph_is_refused_before_tensorflow_is_asked(embedding, tmp_path):
    tokenizer = Tokenizer()
    tokenizer.preset = "jieba"
    with pytest.raises(InputError, match="jieba's dictionary"):
        save(embedding.replaced(tokenizer=tokenizer), tmp_path / "m", format="saved-model")


def test_words_with_line_breaks_are_left_out_with_a_warning():
    embedding = embedding_of(["", "cough", "two\nlines", "end\r", "in\rside"])
    with pytest.warns(DataWarning, match="3 words that are empty or hold line breaks"):
        smaller = saved_model_write.writable(embedding)
    assert smaller.vocabulary.words == ["cough", "in\rside"]
    np.testing.assert_array_equal(smaller.vectors, embedding.vectors[[1, 4]])
    assert smaller.vocabulary.counts.tolist() == [40, 10]
    with pytest.raises(InputError, match="at least one word"):
        saved_model_write.writable(embedding_of(["\n"]))


def test_character_ngrams_stay_behind_with_a_warning(embedding):
    subwords = Subwords(3, 3, 100, [7], np.ones((1, 6)))
    able = embedding.replaced(subwords=subwords, oov="subwords")
    with pytest.warns(DataWarning, match="A SavedModel has no place"):
        assert saved_model_write.writable(able).oov == "skip"


@pytest.fixture(scope="module")
def tf():
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    pytest.importorskip("tensorflow")
    return saved_model_write.imported_tensorflow()


@pytest.fixture
def hub(tf):
    return pytest.importorskip("tensorflow_hub")


def random_texts(count, seed=0):
    """Texts of random characters: ASCII, all that is assigned, and what tokenizers treat apart."""
    rng = np.random.default_rng(seed)
    assigned = [
        chr(code)
        for code in range(0x33800)
        if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co")
    ]
    special = (
        " \t\n\r\x00\xa0'’-_.,!$+<|~\xad\u200c\u200d\u0301\ufe0fー咳嗽のカÄÉẞİΣςȺ\ufeff\U00020000"
    )
    groups = [list(map(chr, range(32, 127))), assigned, list(special)]
    shares = [0, 0, 1, 2, 2]
    texts = []
    for _ in range(count):
        chosen = [groups[shares[draw % 5]] for draw in rng.integers(5, size=rng.integers(30))]
        texts.append("".join(group[rng.integers(len(group))] for group in chosen))
    return texts


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("preset", PRESETS)
def test_random_texts_get_the_vectors_that_wordloom_gives(tf, tmp_path, preset):
    texts = random_texts(1500, PRESETS.index(preset))
    for lowercase, oov in ((True, "skip"), (False, "zero")):
        tokenizer = Tokenizer(preset, lowercase=lowercase)
        words = {word: None for text in texts for word in tokenizer.tokenize(text)}
        words = [word for word in words if word and "\n" not in word and word[-1] != "\r"]
        embedding = embedding_of(words[::2], tokenizer=tokenizer, oov=oov)
        module = tf.saved_model.load(str(save(embedding, tmp_path / "m", format="saved-model")))
        found = module(tf.constant(texts)).numpy()
        assert np.any(found, axis=1).mean() > 0.3
        np.testing.assert_allclose(found, embedding.embed(texts), rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_bytes_that_are_not_utf_8_are_read_as_wordloom_reads_them(tf, tmp_path):
    rng = np.random.default_rng(3)
    raw = [rng.integers(90, 256, 12).astype(np.uint8).tobytes() for _ in range(300)]
    texts = [text.decode("utf-8", "replace") for text in raw]
    for preset in ("words", "spaces"):
        tokenizer = Tokenizer(preset)
        words = list({word: None for text in texts for word in tokenizer.tokenize(text)})
        embedding = embedding_of(words, tokenizer=tokenizer)
        module = tf.saved_model.load(str(save(embedding, tmp_path / "m", format="saved-model")))
        np.testing.assert_allclose(module(raw).numpy(), embedding.embed(texts), atol=1e-5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("oov", ["skip", "zero"])
@pytest.mark.parametrize("pooling", ["mean", "sum", "sqrtn", "max", "idf", "sif"])
def test_every_pooling_and_policy_is_in_the_graph_and_comes_back(
    tf, embedding, tmp_path, oov, pooling
):
    embedding = embedding.replaced(oov=oov, pooling=pooling, report={"epochs": 5})
    if pooling == "sif":
        embedding = embedding.with_common_component(TEXTS)
    path = save(embedding, tmp_path / "m", format="saved-model")
    module = tf.saved_model.load(str(path))
    expected = embedding.embed(TEXTS)
    np.testing.assert_allclose(module(TEXTS).numpy(), expected, atol=1e-6)
    again = load(path)
    np.testing.assert_array_equal(again.embed(TEXTS), expected)
    for name in ("name", "tokenizer", "oov", "pooling", "report"):
        assert getattr(again, name) == getattr(embedding, name)
    np.testing.assert_array_equal(again.vocabulary.counts, embedding.vocabulary.counts)
    assert load(path, limit=2).vocabulary.words == embedding.vocabulary.words[:2]


@pytest.mark.filterwarnings("ignore")
def test_it_is_a_reusable_saved_model(tf, hub, embedding, tmp_path):
    path = str(save(embedding, tmp_path / "m", format="saved-model"))
    module = hub.load(path)
    expected = embedding.embed(TEXTS)
    for found in (
        module(TEXTS),
        module(tf.constant(TEXTS), training=True),
        module.signatures["default"](tf.constant(TEXTS))["default"],
        module.signatures["serving_default"](inputs=tf.constant(TEXTS))["default"],
    ):
        assert found.dtype == tf.float32
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)
    assert [variable.shape.as_list() for variable in module.trainable_variables] == [[7, 6]]
    assert list(module.regularization_losses) == []
    assert module(tf.constant([], tf.string)).shape == (0, 6)


@pytest.mark.filterwarnings("ignore")
def test_a_keras_layer_trains_the_table(tf, hub, embedding, tmp_path):
    import tf_keras

    path = str(save(embedding, tmp_path / "m", format="saved-model"))
    for trainable in (False, True):
        layer = hub.KerasLayer(path, trainable=trainable, input_shape=[], dtype=tf.string)
        np.testing.assert_allclose(layer(tf.constant(TEXTS)), embedding.embed(TEXTS), atol=1e-6)
        model = tf_keras.Sequential([layer, tf_keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(tf.constant(["dry cough", "fever"] * 8), tf.ones(16), epochs=2, verbose=0)
        assert len(layer.trainable_weights) == trainable
        moved = np.any(layer.weights[0].numpy() != embedding.vectors, axis=1)
        # "cough", "dry" and "fever"; the other words were not in the texts.
        assert moved.tolist() == [trainable] * 3 + [False] * 4


@pytest.mark.filterwarnings("ignore")
def test_keras_3_takes_it_by_its_signature(tf, embedding, tmp_path):
    keras = pytest.importorskip("keras")
    path = str(save(embedding, tmp_path / "m", format="saved-model"))
    layer = keras.layers.TFSMLayer(path, call_endpoint="serving_default")
    found = layer(tf.constant(TEXTS))["default"]
    np.testing.assert_allclose(found, embedding.embed(TEXTS), atol=1e-6)


def export_as_hub_does(tf, words, vectors, buckets, folder, scratch):
    """A module in the layout of TensorFlow Hub's exporter for text embeddings."""
    tokens = scratch / "tokens.txt"
    tokens.write_text("".join(f"{word}\n" for word in words), "utf-8")
    rows = np.concatenate([vectors, np.zeros((buckets, vectors.shape[1]), np.float32)])
    lookup = tf.lookup
    module = tf.train.Checkpoint(embeddings=tf.Variable(rows))
    lines = lookup.TextFileInitializer(
        str(tokens),
        tf.string,
        lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        lookup.TextFileIndex.LINE_NUMBER,
    )
    module.table = lookup.StaticVocabularyTable(lines, buckets)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def call(sentences):
        bare = tf.strings.regex_replace(sentences, r"\pP", "")
        tokens = tf.strings.split(tf.reshape(bare, [-1]), " ").to_sparse()
        tokens, _ = tf.sparse.fill_empty_rows(tokens, tf.constant(""))
        tokens = tf.sparse.reset_shape(tokens)
        ids = tf.SparseTensor(
            tokens.indices, module.table.lookup(tokens.values), tokens.dense_shape
        )
        return tf.nn.safe_embedding_lookup_sparse(module.embeddings, ids, None, combiner="sqrtn")

    module.__call__ = call
    tf.saved_model.save(module, str(folder))


@pytest.mark.filterwarnings("ignore")
def test_a_module_of_tensorflow_hub_gives_the_same_vectors_here(tf, tmp_path):
    texts = [*random_texts(1000), "COVID-19 (2020)", "", " ", "a  b"]
    tokenizer = Tokenizer("tfhub")
    words = {word: None for text in texts for word in tokenizer.tokenize(text)}
    words = [word for word in words if word and "\n" not in word and word[-1] != "\r"][::2]
    vectors = np.random.default_rng(1).normal(size=(len(words), 8)).astype(np.float32)
    export_as_hub_does(tf, words, vectors, 1, tmp_path / "module", tmp_path)
    embedding = load(tmp_path / "module")
    assert (embedding.tokenizer, embedding.pooling, embedding.oov) == (tokenizer, "sqrtn", "zero")
    assert embedding.vocabulary.words == words
    np.testing.assert_array_equal(embedding.vectors, vectors)
    expected = tf.saved_model.load(str(tmp_path / "module"))(tf.constant(texts)).numpy()
    np.testing.assert_allclose(embedding.embed(texts), expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_a_module_in_the_layout_of_tensorflow_1_is_read(tf, tmp_path):
    v1 = tf.compat.v1
    (tmp_path / "tokens.txt").write_text("dry\ncough")
    vectors = np.float32([[1, 2], [3, 4], [0, 0]])
    with tf.Graph().as_default(), v1.Session() as session:
        asset = tf.constant(str(tmp_path / "tokens.txt"))
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
        table = v1.get_variable("embeddings", initializer=vectors)
        texts = v1.placeholder(tf.string, [None])
        tokens = v1.string_split(tf.strings.regex_replace(texts, r"\pP", ""), " ")
        ids = tf.SparseTensor(
            tokens.indices, tf.strings.to_hash_bucket_fast(tokens.values, 2), tokens.dense_shape
        )
        v1.nn.embedding_lookup_sparse(table, ids, None, combiner="sqrtn")
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(tmp_path / "module"))
        builder.add_meta_graph_and_variables(
            session, [], assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS)
        )
        builder.save()
    embedding = load(tmp_path / "module")
    assert embedding.vocabulary.words == ["dry", "cough"]
    assert (embedding.tokenizer.preset, embedding.pooling) == ("tfhub", "sqrtn")
    np.testing.assert_array_equal(embedding.vectors, vectors[:2])
