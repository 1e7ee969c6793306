"""The field's vocabulary: closed sets, typed targets and the small rules every process agrees on."""
