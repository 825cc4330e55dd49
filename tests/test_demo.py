"""The demo's pictures: each is of its dream, and no two are alike."""

import io
import json
import random
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

import app as site
from dreamscape import demo
from dreamscape.demo_faces import FACES, draw_face

CONTENT = json.loads(Path(site.app.root_path, "templates/demo.json").read_text("utf-8"))
SCENES = [dream["scene"] for dream in CONTENT["dreams"]]
SIZE = 24, 16


@pytest.fixture
def small(monkeypatch):
    """Let the demo draw small pictures."""
    monkeypatch.setattr(demo, "DEMO_HEIGHT", 96)


def open_picture(encoded):
    """Return an encoded picture, as small as a stamp."""
    return Image.open(io.BytesIO(encoded[0])).convert("RGB").resize(SIZE)


def difference(one, other):
    """Return how much two pictures differ on average, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def test_each_dream_has_a_scene_of_its_own():
    assert sorted(SCENES) == sorted(demo.SCENES)
    assert len({*SCENES}) == 40


def test_no_two_scenes_look_alike(small):
    pictures = [open_picture(demo.draw_scene(name)) for name in SCENES]

    assert min(difference(*pair) for pair in combinations(pictures, 2)) > 8


def test_each_scene_shows_more_than_its_background(small):
    """The sky or the wall alone differs from it."""
    for name, (_, sky) in demo.SCENES.items():
        bare = demo.Canvas(random.Random(name), 96, *sky).finish().resize(SIZE)
        assert difference(bare, open_picture(demo.draw_scene(name))) > 10, name


def test_a_scene_is_the_same_each_time(small):
    assert demo.draw_scene("lighthouse") == demo.draw_scene("lighthouse")


def test_a_scene_is_1600_pixels_wide():
    assert demo.draw_scene("lighthouse")[1:3] == (1_600, 1_067)


def test_each_person_has_a_face_of_their_own():
    faces = [draw_face(random.Random(number), face, 96).resize((16, 16))
             for number, face in enumerate(FACES)]

    assert len(FACES) == len(CONTENT["dreamers"])
    assert len({face.style for face in FACES}) == len(FACES)
    assert min(difference(*pair) for pair in combinations(faces, 2)) > 15


def test_each_picture_of_the_demo_is_described():
    assert len({dream["alt"] for dream in CONTENT["dreams"]}) == 40
