"""Where Linux's frames leave and enter this namespace: a TAP, or a veth where TAP devices are forbidden."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import subprocess

from segment import LINUX_IP, OUR_IP, OUR_MAC

NAME = "sim0"
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SIOCGIFHWADDR = 0x8927
SIOCETHTOOL, ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO = 0x8946, 0x17, 0x1F, 0x24
ETH_P_ALL = 3


def ip(*words: str) -> None:
    """Runs ip(8)."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


def packet_socket(name: str) -> socket.socket:
    """All frames of a device, both ways."""
    capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    capture.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    capture.bind((name, ETH_P_ALL))
    capture.setblocking(False)
    return capture


def open_tap() -> int | None:
    """A descriptor for the frames of a new TAP; None where that is forbidden."""
    try:
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", NAME.encode(), IFF_TAP | IFF_NO_PI))
    except OSError:
        return None
    return tap


def switch_off(name: str, *features: int) -> None:
    """Switches offloads of a device off, so that frames are as on a wire."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for feature in features:
            value = ctypes.create_string_buffer(struct.pack("II", feature, 0))
            request = struct.pack("16sP16x", name.encode(), ctypes.addressof(value))
            fcntl.ioctl(control.fileno(), SIOCETHTOOL, request)


class Link:
    """Linux's side of the wire: reads what Linux sends, writes what it shall receive."""

    def __init__(self) -> None:
        tap = open_tap()
        self.kind = "tap" if tap is not None else "veth"
        self._tap, self._far = tap, None
        if tap is None:
            ip("link", "add", NAME, "type", "veth", "peer", "name", "far0")
            switch_off(NAME, ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO)
        for name in ("all", "default"):
            path = f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6"
            if os.path.exists(path):
                with open(path, "w", encoding="ascii") as switch:
                    switch.write("1")
        if tap is None:
            ip("link", "set", "far0", "up")
            self._far = packet_socket("far0")
        ip("link", "set", "lo", "up")
        ip("address", "add", f"{LINUX_IP}/24", "dev", NAME)
        ip("link", "set", NAME, "up")
        ip("neighbour", "replace", OUR_IP, "lladdr", OUR_MAC.hex(":"), "dev", NAME, "nud", "permanent")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:  # sysfs shows another namespace
            answer = fcntl.ioctl(control.fileno(), SIOCGIFHWADDR, struct.pack("256s", NAME.encode()))
        self.mac = answer[18:24]

    def fileno(self) -> int:
        """For select."""
        return self._tap if self._far is None else self._far.fileno()

    def read(self) -> bytes | None:
        """The next frame that Linux has sent; None if there is none."""
        try:
            if self._far is None:
                return os.read(self._tap, 65536)
            frame, address = self._far.recvfrom(65536)
        except BlockingIOError:
            return None
        return b"" if address[2] == socket.PACKET_OUTGOING else frame

    def write(self, frame: bytes) -> None:
        """Hands Linux a frame."""
        if self._far is None:
            os.write(self._tap, frame)
        else:
            self._far.send(frame)


if __name__ == "__main__":
    Link()  # whether it can be made here
