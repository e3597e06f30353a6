"""The floor: decode the columns of the batch with pyarrow, one (row group, column) at a time, on one thread."""

import pyarrow.parquet as pq

from benchmarks.drift_peers.measuring import Files, measure


def decode(files: Files) -> None:
    """Read everything, keep nothing."""
    file = pq.ParquetFile(files.batch, pre_buffer=False)
    for group in range(file.num_row_groups):
        for column in file.schema_arrow.names:
            file.read_row_group(group, columns=[column], use_threads=False)


if __name__ == "__main__":
    measure(["pyarrow"], {"whole": decode})
