"""Bodies as ordinary clients write them. In JSON Schema 77.0 is an integer. The program, like most, only accepts 77, which
is an accepted difference."""

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
