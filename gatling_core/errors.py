"""Every error that Gatling raises for its callers.

GatlingError
├── InvalidInput          the caller's data is wrong; `field` says where
│   └── LimitExceeded     well-formed, but larger than Gatling accepts
├── RegistryError         no such version, nothing current, version exists already
│   └── PackageRejected   a model package that must not be served or published
├── WrongSetting          a setting is given what it cannot be
├── KeysUnreadable        the file of API keys holds something else
├── DependencyMissing     a package that only this command needs is not installed
├── ProviderMissing       onnxruntime cannot run on the hardware that the settings name
├── QueueUnavailable      Redis cannot be reached or does not answer
├── TeacherUnavailable    no teacher is set, or it does not answer
├── AlreadyJudged         a person's verdict, which neither the oracle nor time may replace
└── NotFound              no such case, decision or dead letter
"""


class GatlingError(Exception):
    """Base of all errors a caller of Gatling may want to catch."""


class InvalidInput(GatlingError, ValueError):
    """The caller's data is wrong.

    `field` is a dotted path into the input (`execution_plan.nodes.3.arguments`), empty if the whole is meant.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


class LimitExceeded(InvalidInput):
    """The input is larger than Gatling accepts: it is refused, never truncated."""


class RegistryError(GatlingError):
    """The registry cannot do what was asked."""


class PackageRejected(RegistryError):
    """A model package failed its checksums, its feature version, a probe score or a gate."""


class WrongSetting(GatlingError):
    """Some settings are given what they cannot be. Their values are not told: they may be secrets."""


class KeysUnreadable(GatlingError):
    """The file of API keys cannot be read."""


class DependencyMissing(GatlingError):
    """A package that one command needs, and nothing else, is not installed."""


class ProviderMissing(GatlingError):
    """onnxruntime cannot run on the hardware that the settings name."""


class QueueUnavailable(GatlingError):
    """Redis cannot be reached or does not answer in time."""


class TeacherUnavailable(GatlingError):
    """The model that suggests verdicts is not set, or does not answer."""


class AlreadyJudged(GatlingError):
    """Somebody has said something of the case: neither the oracle nor time speaks over people."""


class NotFound(GatlingError, LookupError):
    """The case, decision or dead letter that was named does not exist."""
