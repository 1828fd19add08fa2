"""Bodies as ordinary clients write them. To JSON Schema 77.0 is a whole number; the program takes 77 alone, as most do:
an accepted deviation."""

import schemathesis


def whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {name: whole(member) for name, member in value.items()}
    return value


@schemathesis.hook
def map_body(_context: object, body: object) -> object:
    return whole(body)
