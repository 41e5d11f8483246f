"""Key agreement in prime-order subgroups of finite fields (ICAO Doc 9303-11 §9.5.2, RFC 5114 §2)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import gmpy2

from cardreader.errors import MalformedData


@dataclass(frozen=True, slots=True)
class FieldDomain:
    """The subgroup of order `order` that `generator` makes modulo `prime`.

    Every value that comes in is checked to belong to it. `key_tag` is the object of a public key
    that holds such a value (Doc 9303-11 §9.4).
    """

    prime: int
    order: int
    generator: int

    @property
    def key_tag(self) -> int:
        """The object of a public key that holds its value."""
        return 0x84

    @property
    def key_bytes(self) -> int:
        """How many bytes a public key takes."""
        return (self.prime.bit_length() + 7) // 8

    def private_key(self, random_bytes: Callable[[int], bytes]) -> int:
        """Return a number from 1 to the order less one, drawn until one fits.

        One whose public key starts with a zero byte is drawn again: some cards want that byte
        in the public key and some do not.
        """
        bits = self.order.bit_length()
        while True:
            drawn = int.from_bytes(random_bytes((bits + 7) // 8), "big") >> (-bits % 8)
            if 0 < drawn < self.order and self.public_key(drawn)[0]:
                return drawn

    def public_key(self, private: int) -> bytes:
        """Return the value that belongs to a private key, at the field's full length."""
        return self._encode(_power(self.generator, private, self.prime))

    def agree(self, private: int, theirs: bytes) -> bytes:
        """Return the secret that a private key and the other side's public key give.

        Raises MalformedData: their key is not of this group.
        """
        return self.multiple(private, theirs)

    def multiple(self, number: int, public: bytes) -> bytes:
        """Return a public key taken `number` times, which here is a power.

        Raises MalformedData: it is not of this group.
        """
        return self._encode(_power(self.decode(public), number, self.prime))

    def mapped(self, nonce: bytes, private: int, theirs: bytes) -> "FieldDomain":
        """Return the group with the generator of the generic mapping (§4.4.3.3.1).

        Raises MalformedData: their key is not of this group, or the mapping leads to one.
        """
        shared = _power(self.decode(theirs), private, self.prime)
        return self._with(_power(self.generator, int.from_bytes(nonce, "big"), self.prime) * shared)

    def mapped_onto(self, number: int) -> "FieldDomain":
        """Return the group with the generator that the integrated mapping makes of a number (§4.4.3.3.2).

        Raises MalformedData: the number, which the card chose with us, leads to none.
        """
        return self._with(_power(number, (self.prime - 1) // self.order, self.prime))

    def _with(self, generator: int) -> "FieldDomain":
        mapped = generator % self.prime
        if mapped in (0, 1):
            raise MalformedData("the card's mapping leads to no generator")
        return replace(self, generator=mapped)

    def decode(self, encoded: bytes) -> int:
        """Return the value of a public key.

        Raises MalformedData: it is not of this group.
        """
        value = int.from_bytes(encoded, "big")
        if (
            len(encoded) > self.key_bytes + 1
            or not 1 < value < self.prime - 1
            or _power(value, self.order, self.prime) != 1
        ):
            raise MalformedData("the card sent a public key that is not of the group")
        return value

    def _encode(self, value: int) -> bytes:
        return value.to_bytes(self.key_bytes, "big")


def _power(value: int, exponent: int, prime: int) -> int:
    return int(gmpy2.powmod(value, exponent, prime))


def _group(prime: str, order: str, generator: str) -> FieldDomain:
    return FieldDomain(int(prime, 16), int(order, 16), int(generator, 16))


FIELDS: dict[int | None, FieldDomain] = {
    0: _group(
        prime=(
            "B10B8F96A080E01DDE92DE5EAE5D54EC52C99FBCFB06A3C69A6A9DCA52D23B616073E28675A23D189838EF1E2EE652C0"
            "13ECB4AEA906112324975C3CD49B83BFACCBDD7D90C4BD7098488E9C219A73724EFFD6FAE5644738FAA31A4FF55BCCC0"
            "A151AF5F0DC8B4BD45BF37DF365C1A65E68CFDA76D4DA708DF1FB2BC2E4A4371"
        ),
        order="F518AA8781A8DF278ABA4E7D64B7CB9D49462353",
        generator=(
            "A4D1CBD5C3FD34126765A442EFB99905F8104DD258AC507FD6406CFF14266D31266FEA1E5C41564B777E690F5504F213"
            "160217B4B01B886A5E91547F9E2749F4D7FBD7D3B9A92EE1909D0D2263F80A76A6A24C087A091F531DBF0A0169B6A28A"
            "D662A4D18E73AFA32D779D5918D08BC8858F4DCEF97C2A24855E6EEB22B3B2E5"
        ),
    ),
    1: _group(
        prime=(
            "AD107E1E9123A9D0D660FAA79559C51FA20D64E5683B9FD1B54B1597B61D0A75E6FA141DF95A56DBAF9A3C407BA1DF15"
            "EB3D688A309C180E1DE6B85A1274A0A66D3F8152AD6AC2129037C9EDEFDA4DF8D91E8FEF55B7394B7AD5B7D0B6C12207"
            "C9F98D11ED34DBF6C6BA0B2C8BBC27BE6A00E0A0B9C49708B3BF8A317091883681286130BC8985DB1602E714415D9330"
            "278273C7DE31EFDC7310F7121FD5A07415987D9ADC0A486DCDF93ACC44328387315D75E198C641A480CD86A1B9E587E8"
            "BE60E69CC928B2B9C52172E413042E9B23F10B0E16E79763C9B53DCF4BA80A29E3FB73C16B8E75B97EF363E2FFA31F71"
            "CF9DE5384E71B81C0AC4DFFE0C10E64F"
        ),
        order="801C0D34C58D93FE997177101F80535A4738CEBCBF389A99B36371EB",
        generator=(
            "AC4032EF4F2D9AE39DF30B5C8FFDAC506CDEBE7B89998CAF74866A08CFE4FFE3A6824A4E10B9A6F0DD921F01A70C4AFA"
            "AB739D7700C29F52C57DB17C620A8652BE5E9001A8D66AD7C17669101999024AF4D027275AC1348BB8A762D0521BC98A"
            "E247150422EA1ED409939D54DA7460CDB5F6C6B250717CBEF180EB34118E98D119529A45D6F834566E3025E316A330EF"
            "BB77A86F0C1AB15B051AE3D428C8F8ACB70A8137150B8EEB10E183EDD19963DDD9E263E4770589EF6AA21E7F5F2FF381"
            "B539CCE3409D13CD566AFBB48D6C019181E1BCFE94B30269EDFE72FE9B6AA4BD7B5A0F1C71CFFF4C19C418E1F6EC0179"
            "81BC087F2A7065B384B890D3191F2BFA"
        ),
    ),
    2: _group(
        prime=(
            "87A8E61DB4B6663CFFBBD19C651959998CEEF608660DD0F25D2CEED4435E3B00E00DF8F1D61957D4FAF7DF4561B2AA30"
            "16C3D91134096FAA3BF4296D830E9A7C209E0C6497517ABD5A8A9D306BCF67ED91F9E6725B4758C022E0B1EF4275BF7B"
            "6C5BFC11D45F9088B941F54EB1E59BB8BC39A0BF12307F5C4FDB70C581B23F76B63ACAE1CAA6B7902D52526735488A0E"
            "F13C6D9A51BFA4AB3AD8347796524D8EF6A167B5A41825D967E144E5140564251CCACB83E6B486F6B3CA3F7971506026"
            "C0B857F689962856DED4010ABD0BE621C3A3960A54E710C375F26375D7014103A4B54330C198AF126116D2276E11715F"
            "693877FAD7EF09CADB094AE91E1A1597"
        ),
        order="8CF83642A709A097B447997640129DA299B1A47D1EB3750BA308B0FE64F5FBD3",
        generator=(
            "3FB32C9B73134D0B2E77506660EDBD484CA7B18F21EF205407F4793A1A0BA12510DBC15077BE463FFF4FED4AAC0BB555"
            "BE3A6C1B0C6B47B1BC3773BF7E8C6F62901228F8C28CBB18A55AE31341000A650196F931C77A57F2DDF463E5E9EC144B"
            "777DE62AAAB8A8628AC376D282D6ED3864E67982428EBC831D14348F6F2F9193B5045AF2767164E1DFC967C1FB3F2E55"
            "A4BD1BFFE83B9C80D052B985D182EA0ADB2A3B7313D3FE14C8484B1E052588B9B7D2BBD2DF016199ECD06E1557CD0915"
            "B3353BBB64E0EC377FD028370DF92B52C7891428CDC67EB6184B523D1DB246C32F63078490F00EF8D647D148D4795451"
            "5E2327CFEF98C582664B4C0F6CC41659"
        ),
    ),
}
