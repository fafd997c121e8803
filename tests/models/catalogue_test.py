#!/usr/bin/python3
"""Validates models/catalogue.json with models/catalogue.schema.json, and the schema with broken catalogues.

Exit status: 0 if all checks pass, 1 if one fails, 77 if python3-jsonschema is not installed.
"""
import sys

from schema_test import ABSENT, ROOT, Draft202012Validator, read

ENTRY = {'name': 'n-1', 'source': 's', 'file': 'F-1.pth', 'urls': ['https://example.org/F-1.pth'], 'parameters': 1,
         'sha256': 'a' * 64}


def but(**changes):
    """Returns a catalogue of ENTRY with changed members; ABSENT removes one."""
    return {'models': [{k: v for k, v in {**ENTRY, **changes}.items() if v is not ABSENT}]}


GOOD = {
    'no models': {'models': []},
    'the smallest entry': but(),
    'every optional member': {'$schema': 's', 'about': 'a', **but(
        licence='l', labels='list', preset='caffe', accuracy={'data': 'd', 'top1': 0, 'top5': 1})},
    'digits of a SHA-256': but(sha256=ABSENT, sha256_prefix='01234567'),
    'a SHA-1': but(sha256=ABSENT, sha1='0' * 40),
    'a mirror': but(urls=['http://a/x', 'https://b/y?z=1']),
}

BROKEN = {
    'no object': [],
    'no list': {},
    'an unknown member': {'models': [], 'model': []},
    'an unknown member of an entry': but(size=1),
    **{f'no {key}': but(**{key: ABSENT}) for key in ENTRY},
    **{f'the name {name!r}': but(name=name) for name in ('', '..', '../x', 'a/b', '.x', 'A', 'a b', 'a' * 65)},
    **{f'the file {name!r}': but(file=name) for name in ('', '..', '../x', 'a/b', '.x', 'a b')},
    **{f'the labels {name!r}': but(labels=name) for name in ('', '../x')},
    **{f'the addresses {urls}': but(urls=urls) for urls in ([], 'https://a', ['file:///a'], ['a/b'], ['http://a b'])},
    'two checksums': but(sha1='0' * 40),
    'a short SHA-256': but(sha256='a' * 63),
    'a SHA-256 in capitals': but(sha256='A' * 64),
    'few digits of a SHA-256': but(sha256=ABSENT, sha256_prefix='0123456'),
    'no parameters at all': but(parameters=0),
    'parameters in millions': but(parameters=61.1),
    'accuracy in percent': but(accuracy={'data': 'd', 'top1': 57.1}),
    'accuracy on nothing': but(accuracy={'top1': 0.5}),
}


def main():
    schema = read(ROOT / 'models' / 'catalogue.schema.json')
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    catalogue = read(ROOT / 'models' / 'catalogue.json')
    wrong = [f'models/catalogue.json: {e.json_path}: {e.message}' for e in validator.iter_errors(catalogue)]
    presets = read(ROOT / 'models' / 'network.schema.json')['$defs']['input']['properties']['preset']
    known = presets.get('enum') or [option['const'] for option in presets['oneOf']]
    for model in catalogue['models']:
        if model['preset'] not in known:
            wrong.append(f'{model["name"]}: there is no preset {model["preset"]}')
        if not (ROOT / 'models' / 'labels' / f'{model["labels"]}.txt').is_file():
            wrong.append(f'{model["name"]}: there are no labels {model["labels"]}')
    wrong += [f'{name} is refused: {e.message}' for name, c in GOOD.items() for e in validator.iter_errors(c)]
    wrong += [f'{name} is accepted' for name, c in BROKEN.items() if validator.is_valid(c)]
    for line in wrong:
        print('FAILED ', line)
    print(f'{len(catalogue["models"])} models, {len(GOOD)} good variants, {len(BROKEN)} broken variants: {len(wrong)} failed')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
