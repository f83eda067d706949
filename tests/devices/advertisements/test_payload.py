"""An advertisement's elements, and that any bytes of a stranger are a refusal at most."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.advertisements.library import read_bthome, read_xiaomi
from devices.advertisements.payload import NOBODY, Advertisement, whole_uuid
from devices.decode import answer
from devices.errors import DecodeError

FCD2 = whole_uuid("fcd2")
BTHOME = "02 01 06 0A 16 D2 FC 40 02 CA 09 03 BF 13 05 FF 99 04 01 02 05 09 52 6F 6F 6D 03 03 D2 FC"
REPORT = "04 3E 1A 02 01 00 00 A5 80 8F E6 48 54 0E 02 01 06 0A 16 D2 FC 40 02 CA 09 03 BF 13 CC"


def test_elements():
    found = Advertisement.parse(bytes.fromhex(BTHOME), "54:48:E6:8F:80:A5", -60)
    assert found == Advertisement(
        name="Room",
        address="54:48:E6:8F:80:A5",
        rssi=-60,
        service_data={FCD2: bytes.fromhex("4002CA0903BF13")},
        manufacturer_data={0x0499: b"\x01\x02"},
        services=(FCD2,),
    )


def test_whole_uuids():
    uuid = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
    digits = bytes.fromhex(uuid.replace("-", ""))[::-1]
    payload = bytes([17, 0x07]) + digits + bytes([18, 0x21]) + digits + b"\x2a"
    found = Advertisement.parse(payload)
    assert found.services == (uuid,)
    assert found.service_data == {uuid: b"\x2a"}


def test_a_report_of_the_controller():
    found = Advertisement.parse_report(bytes.fromhex(REPORT))
    assert (found.address, found.rssi) == ("54:48:E6:8F:80:A5", -52)
    assert read_bthome(found).values == {"temperature": 25.06, "humidity": 50.55}


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ("05 09 41", "ends inside an element"),
        ("02 FF 01", "without a company number"),
        ("02 16 D2", "in place of a uuid"),
    ],
)
def test_malformed_elements(payload, error):
    with pytest.raises(DecodeError, match=error):
        Advertisement.parse(bytes.fromhex(payload))


@pytest.mark.parametrize("event", ["", "04 0E 04 01 03 0C 00", REPORT[:-3], REPORT + " 00"])
def test_another_event(event):
    with pytest.raises(DecodeError, match="event is"):
        Advertisement.parse_report(bytes.fromhex(event))


@pytest.mark.parametrize("uuid", ["", "fcd", "fcd22", "zzzz", "fb005c80-02e7-f387-1cad-8acd2d8df0cz"])
def test_no_uuid(uuid):
    with pytest.raises(DecodeError, match="is no UUID"):
        whole_uuid(uuid)


@given(st.binary(max_size=60))
def test_any_payload(data):
    for parse in (Advertisement.parse, Advertisement.parse_report):
        with contextlib.suppress(DecodeError):
            assert parse(data).address


@given(
    st.sampled_from([read_bthome, read_xiaomi]),
    st.sampled_from(["fcd2", "181c", "181e", "fe95", "fd50", "181b", "181d"]),
    st.sampled_from([b"", b"\x40", b"\x41", b"\x44", b"\x50\x20\xaa\x01", b"\x58\x58\x5b\x05"]),
    st.binary(max_size=30),
    st.none() | st.just(bytes(16)),
)
def test_any_broadcast(read, service, start, data, key):
    """Whatever a stranger broadcasts, the library's own exceptions do not reach the edge."""
    try:
        said = read(Advertisement(service_data={whole_uuid(service): start + data}), key)
    except DecodeError:
        return
    assert all(reading.sensor == "s" for reading in said.readings("s", 0))
    json.dumps(said.values)


@pytest.mark.parametrize("read", [read_bthome, read_xiaomi])
def test_a_key_of_a_wrong_length(read):
    with pytest.raises(DecodeError, match="bind key is 3 bytes"):
        read(Advertisement(), b"123")


def ask(**request):
    return answer(json.dumps({"kind": "advertisement", **request}).encode())


def test_every_form_says_the_same():
    element = "4002CA0903BF13"
    forms = [
        {"service_data": {"fcd2": element}},
        {
            "service_data": {FCD2: element},
            "manufacturer_data": {"0499": "01"},
            "service_uuids": ["fcd2"],
            "rssi": -60,
        },
        {
            "service_data": {"0xFCD2": element},
            "address": "54-48-e6-8f-80-a5",
            "manufacturer_data": {"1177": "01"},
        },
        {"hex": BTHOME},
        {"hex": BTHOME, "address": NOBODY, "name": "x"},
        {"hci_event_hex": REPORT},
        {"servicedata": element, "servicedatauuid": "0xfcd2", "manufacturerdata": "990401"},
    ]
    told = [ask(**form) for form in forms]
    assert [each["measurements"] for each in told] == [
        [
            {"metric": "room_temperature", "value": 25.06, "unit": "Cel", "flags": []},
            {"metric": "humidity", "value": 50.55, "unit": "%", "flags": []},
        ]
    ] * len(forms)
    assert told[0]["protocol"] == "bthome"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({}, "advertisement is of no format that is known; it has service data of none"),
        ({"service_data": {"1234": ""}}, f"it has service data of {whole_uuid('1234')}"),
        ({"service_data": []}, "no format"),
        ({"service_data": [1]}, "key 'service_data' is not an object"),
        ({"service_data": {"fcd2": 1}}, "key 'service_data' is not a string"),
        ({"service_data": {"fcd2": "4"}}, "key 'service_data' is not pairs of hexadecimal digits"),
        ({"service_data": {"fcd": "40"}}, "'fcd' is no UUID"),
        ({"manufacturer_data": {"x": "40"}}, "company 'x' is no number"),
        ({"service_uuids": "fcd2"}, "key 'service_uuids' is not a list of strings"),
        ({"address": "54:48"}, "address '54:48' is not six bytes"),
        ({"address": 5}, "key 'address' is not a string"),
        ({"rssi": "loud"}, "key 'rssi' is not an integer"),
        ({"service_data": {"fcd2": "40"}, "bindkey": "00"}, "bind key is 1 bytes"),
        ({"service_data": {"fcd2": "40"}, "aeskeys": 1}, "key 'aeskeys' is not an object"),
        ({"hex": "05 09"}, "advertisement is 2 bytes and ends inside an element"),
    ],
)
def test_bad_requests(request_, error):
    said = ask(**request_)
    assert said["ok"] is False
    assert error in said["error"]


def test_encrypted_without_and_with_the_wrong_key():
    sealed = {"service_data": {"fcd2": "41A47266C95F730011223378237214"}}
    assert ask(**sealed)["message"]["problem"] == "encrypted, the bind key is needed"
    assert ask(**sealed, bindkey="00" * 16)["message"]["problem"] == "encrypted, the bind key does not fit"
    known = ask(**sealed, bindkey="231d39c1d7cc1ab1aee224cd096db932", address="54:48:E6:8F:80:A5")
    assert known["message"]["values"] == {"temperature": 25.06, "humidity": 50.55}
