"""An object store: moto's S3 on the loopback interface."""

from __future__ import annotations

import pickle

import pytest
from file_samples import mixed_rows, same_rows

import fory_io
from fory.error import DecodeError

moto_server = pytest.importorskip("moto.server")
pytest.importorskip("s3fs")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of the packages around moto
]
BUCKET = "rows"


@pytest.fixture(scope="module")
def endpoint():
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def store(endpoint, monkeypatch):
    import s3fs

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem(use_listings_cache=False)
    fs.mkdir(BUCKET)
    yield fs
    fs.rm(BUCKET, recursive=True)


def uploads(fs):
    return fs.call_s3("list_multipart_uploads", Bucket=BUCKET).get("Uploads", [])


@pytest.mark.parametrize("n", [0, 100, 200_000], ids=["empty", "small", "large"])
def test_round_trip(store, n):
    expected = mixed_rows(n)
    fory_io.write(expected, f"s3://{BUCKET}/a/rows.fory")
    rows = fory_io.open(f"s3://{BUCKET}/a/rows.fory")
    assert rows.source.storage.n_requests == 1
    picks = list(range(0, n, 9973))
    assert same_rows(rows[picks], expected[picks])
    again = pickle.loads(pickle.dumps(rows))
    assert len(again) == n


def failing(n):
    for k in range(n):
        yield {"i": k, "s": "x" * 1000}
    raise RuntimeError("no more")


@pytest.mark.parametrize("n", [10, 30_000], ids=["small", "large"])
def test_an_exception_leaves_nothing(store, n):
    path = f"s3://{BUCKET}/rows.fory"
    with pytest.raises(RuntimeError, match="no more"):
        fory_io.write(failing(n), path, schema=mixed_rows(0).schema)
    assert store.ls(BUCKET) == []
    assert uploads(store) == []


def test_an_exception_leaves_the_old_object(store):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(10), path)
    with pytest.raises(RuntimeError, match="no more"):
        fory_io.write(failing(30_000), path, schema=mixed_rows(0).schema)
    assert same_rows(fory_io.open(path), mixed_rows(10))


def test_an_object_that_was_replaced_is_noticed(store):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(100_000), path)
    rows = fory_io.open(path)
    fory_io.write(mixed_rows(100_000, longest=90), path)
    with pytest.raises(DecodeError):
        rows[5].to_dict()


def test_credentials_stay_out_of_pickles(store, endpoint):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(10), path)
    options = {"key": "nobody", "secret": "secret-of-nobody"}
    rows = fory_io.open(path, storage_options=options)
    data = pickle.dumps(rows)
    assert b"secret-of-nobody" not in data
    assert "secret-of-nobody" not in repr(rows)
    assert len(pickle.loads(data)) == 10
