from fsrf_live.fsrf.network.tokens import pad_tokens


def test_padding_masks_what_is_not_a_word() -> None:
    ids, attention, real = pad_tokens([[1, 7, 8, 2], [1, 2], [1, 9, 2]])
    assert ids.tolist() == [[1, 7, 8, 2], [1, 2, 0, 0], [1, 9, 2, 0]]
    assert attention.tolist() == [[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]]
    assert real.tolist() == [[False, True, True, False], [False] * 4, [False, True, False, False]]
