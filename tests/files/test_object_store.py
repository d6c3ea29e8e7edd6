"""An object store: moto's S3 on the loopback interface."""

from __future__ import annotations

import contextlib
import pickle
import threading

import pytest
from file_samples import mixed_rows, same_rows

import fory_io
from fory.error import DecodeError
from fory_io import upload

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


@pytest.mark.parametrize("n", [100, 100_000], ids=["small", "large"])
def test_objects_change(store, n):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(n), path, keys=["i"])
    assert store.ls(BUCKET, detail=True)[0]["size"]  # a listing that grows old
    old = fory_io.open(path)
    data = pickle.dumps(old)
    fory_io.append(mixed_rows(50, start=n), path)
    assert fory_io.delete(path, [0, 1]) == 2
    picks = list(range(2, n + 50, 9973))
    assert fory_io.open(path)[[i - 2 for i in picks]]["i"].to_pylist() == picks
    assert fory_io.open(path).lookup(n + 7)["i"] == n + 7
    assert old[[0, n - 1]]["i"].to_pylist() == [0, n - 1]
    assert len(pickle.loads(data)) == len(fory_io.open(path, commit=1)) == n
    assert len(fory_io.refresh(old)) == n + 48
    fory_io.compact(path)
    assert fory_io.verify(path).ok
    assert fory_io.inspect(path)["commit"] == 1
    assert uploads(store) == []


def test_the_store_copies_what_a_large_object_begins_with(store):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(200_000), path)
    appender = fory_io.Appender(path)
    appender.write(mixed_rows(1))
    before = appender._old.source.storage.n_bytes
    storage = appender._old.source.storage
    appender.close()
    assert storage.size > 10 << 20
    assert storage.n_bytes == before < 100_000


@pytest.fixture
def conditions(store, monkeypatch):
    """Conditions that uploads are made under; the store of the tests ignores them."""
    found = {}
    make = type(store)._get_s3_method_kwargs

    def conditional(self, method, *akwarglist, **kwargs):
        made = make(self, method, *akwarglist, **kwargs)
        found[method.__name__] = sorted(k for k in made if k.endswith("IfMatch"))
        completes = method.__name__ == "complete_multipart_upload"
        if completes and made.get("IfMatch") != found.pop("etag", made.get("IfMatch")):
            raise OSError(22, "At least one of the pre-conditions did not hold")
        return made

    monkeypatch.setattr(type(store), "_get_s3_method_kwargs", conditional)
    return found


@pytest.mark.parametrize("n", [100, 200_000], ids=["small", "large"])
def test_the_store_refuses_the_slower_of_two_writers(store, n, conditions):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(n), path)
    with pytest.MonkeyPatch.context() as patch:
        check = upload.RemoteFile.check

        def early(self):  # the other one publishes behind the last look
            check(self)
            patch.undo()
            fory_io.append(mixed_rows(1, start=n), path)
            conditions["etag"] = store.info(path, refresh=True)["ETag"]

        patch.setattr(upload.RemoteFile, "check", early)
        with pytest.raises(BlockingIOError, match="somebody else"):
            fory_io.append(mixed_rows(9), path)
    assert fory_io.open(path)[-1]["i"] == n
    assert uploads(store) == []
    if n == 100:
        assert conditions["put_object"] == ["IfMatch"]
    else:
        assert conditions["complete_multipart_upload"] == ["IfMatch"]
        assert conditions["upload_part_copy"] == ["CopySourceIfMatch"]


@pytest.mark.parametrize("n", [100, 200_000], ids=["small", "large"])
def test_a_failed_change_leaves_the_old_object(store, n):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(n), path)
    with pytest.raises(RuntimeError, match="no more"):
        fory_io.append(failing(30_000), path)
    assert len(fory_io.open(path)) == n
    assert uploads(store) == []


def test_writers_at_once_lose_nothing(store):
    path = f"s3://{BUCKET}/rows.fory"
    fory_io.write(mixed_rows(10), path)

    def append():
        done = 0
        while done < 5:
            with contextlib.suppress(BlockingIOError):
                fory_io.append(mixed_rows(10), path)
                done += 1

    threads = [threading.Thread(target=append) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fory_io.open(path, verify="full")) == 160
    assert store.ls(BUCKET) == [f"{BUCKET}/rows.fory"]
    assert uploads(store) == []


def test_names_are_no_patterns(store):
    path = f"s3://{BUCKET}/a[1] ü.fory"
    fory_io.write(mixed_rows(10), path)
    fory_io.append(mixed_rows(10), path)
    assert len(fory_io.open(path)) == 20


def test_streams_of_records_go_on(store):
    path = f"s3://{BUCKET}/records"
    fory_io.write_records(path, [{"a": 1}])
    fory_io.write_records(path, [{"a": 2}], append=True)
    assert [r["a"] for r in fory_io.read_records(path)] == [1, 2]
