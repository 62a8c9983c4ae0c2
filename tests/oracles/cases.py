# SPDX-License-Identifier: Apache-2.0
"""Files of cases that a test wrote for an oracle: a line of numbers each, then raw bytes."""
import numpy as np


def num_that_differ(path, names, is_real, check):
    """Numbers have these names; is_real(name, text) says which are no whole ones. check(case, read) tells whether a
    case is as it should be, where read(*shape) takes the next bytes. Each that is not is printed."""
    bad = 0
    with open(path, "rb") as file:
        def read(*shape):
            return np.frombuffer(file.read(int(np.prod(shape))), np.uint8).reshape(shape)

        while line := file.readline().split():
            case = {name: float(text) if is_real(name, text) else int(text)
                    for name, text in zip(names.split(), line, strict=True)}
            if not check(case, read):
                bad += 1
                print("differs:", case)
    return bad
