"""The passwords that are tried first, in lower case; hosts that want more bring a list of their own.

Short ones are left out: no password may be so short. What is added to one at its ends is taken off before it is looked
up, so that a word stands for all its forms: ``password`` for ``Password1!``.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    password passwort passw0rd p@ssword p@ssw0rd pa55word pass1234 passpass motdepasse contraseña contrasena senha123
    12345678 123456789 1234567890 0123456789 87654321 987654321 0987654321 11111111 00000000 12341234 123123123
    1234567891 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc qazwsxedc zaq12wsx q1w2e3r4 q1w2e3r4t5 qwertyui
    qwertyuiop qwerty123 qwerty1234 qwertyqwerty qwertzui qwertzuiop azertyui azertyuiop asdfghjk asdfghjkl zxcvbnm
    qwerty qwertz azerty asdfgh
    iloveyou iloveyou2 loveyou lovely sunshine princess princesa football baseball basketball superman batman
    spiderman starwars pokemon dragon monkey charlie jordan michael jessica jennifer ashley daniel thomas george
    hannah samantha nicole whatever trustno1 letmein letmein1 welcome welcome1 welcometo changeme changeit default
    secret secret123 administrator admin administrateur root rootroot superuser test testtest test1234 testing
    testing123 guest demo computer internet samsung google facebook linkedin dropbox adobe123 photoshop microsoft
    windows access access14 master mustang corvette ferrari porsche mercedes liverpool arsenal chelsea barcelona
    realmadrid juventus shadow killer hunter ranger freedom flower cookie chocolate butterfly summer winter spring
    autumn january february august september october november december monday friday saturday sunday abc12345 abcd1234
    abcdefgh abcdefghi abcdefghij a1b2c3d4 aa123456 abc123 abc abcd1234abcd1234 stronghold financial
    financial-stronghold financialstronghold bank banking mybank money mymoney account accounting ledger bookkeeping
    mypassword mypass yourpassword thepassword passwordpassword newpassword oldpassword temppassword temporary
    thisismypassword thisisapassword correcthorsebatterystaple correct-horse-battery-staple opensesame sesame hello123
    helloworld helloworldhello goodmorning happybirthday letmeinplease iloveyouforever
"""

COMMON: Final = frozenset(_WORDS.split())
