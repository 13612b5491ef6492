"""The meaning of botocore's errors and of S3's codes, in our own words: theirs may contain an address or a key."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from media.archives.stores.store import (
    Archived,
    Changed,
    Denied,
    Gone,
    NoStore,
    Passing,
    StoreError,
)

_GRANT = "Check that these credentials may list the bucket and read its objects (s3:ListBucket, s3:GetObject)"
_CREDENTIALS = "Check the credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_RENEW = "Get new credentials, and scan again."
_LATER = "Scan again later, or with fewer --jobs."

_Fault = tuple[type[StoreError], str, str]
_FAULTS: dict[str, _Fault] = {
    "AccessDenied": (
        Denied,
        "access denied",
        f"{_GRANT}; where the requester pays, set AWS_REQUEST_PAYER=requester.",
    ),
    "AllAccessDisabled": (Denied, "all access to it is disabled", f"{_GRANT}."),
    "AccountProblem": (Denied, "there is a problem with the account", "Ask whoever owns the account."),
    "NotSignedUp": (Denied, "the account is not signed up for the store", "Ask whoever owns the account."),
    "InvalidAccessKeyId": (Denied, "the store does not know the access key", _CREDENTIALS),
    "SignatureDoesNotMatch": (Denied, "the store does not accept the secret key", _CREDENTIALS),
    "AuthorizationHeaderMalformed": (Denied, "it is in another region", "Set AWS_REGION to the bucket's."),
    "ExpiredToken": (Denied, "the credentials have expired", _RENEW),
    "ExpiredTokenException": (Denied, "the credentials have expired", _RENEW),
    "InvalidToken": (Denied, "the session token is not valid", _RENEW),
    "TokenRefreshRequired": (Denied, "the session token must be renewed", _RENEW),
    "RequestTimeTooSkewed": (Denied, "this machine's clock is wrong", "Set the clock, and scan again."),
    "KMS.DisabledException": (Denied, "the key that it is encrypted with is disabled", "Enable the key."),
    "InvalidObjectState": (
        Archived,
        "it is in an archived storage class (Glacier), from which it must be restored first",
        "Restore it in the store, and scan again.",
    ),
    "NoSuchBucket": (
        NoStore,
        "no such bucket",
        "Check its name, and AWS_ENDPOINT_URL where it is not Amazon's.",
    ),
    "InvalidBucketName": (NoStore, "this is no name of a bucket", "Check its name."),
    "PermanentRedirect": (NoStore, "the bucket is in another region", "Set AWS_REGION to the bucket's."),
    "NoSuchKey": (Gone, "it is no longer there", "Scan again: it vanished while being scanned."),
    "NoSuchVersion": (Gone, "it is no longer there", "Scan again: it vanished while being scanned."),
    "KeyTooLongError": (Gone, "no object can have this name", "Scan again."),
    "404": (Gone, "it is no longer there", "Scan again: it vanished while being scanned."),
    "SlowDown": (Passing, "the store is throttling (SlowDown)", _LATER),
    "503": (Passing, "the store is throttling (503)", _LATER),
    "429": (Passing, "the store is throttling (429)", _LATER),
    "RequestTimeout": (Passing, "the store waited too long for the request", _LATER),
    "Throttling": (Passing, "the store is throttling", _LATER),
    "ThrottlingException": (Passing, "the store is throttling", _LATER),
    "RequestLimitExceeded": (Passing, "the store is throttling", _LATER),
}
"""The meanings of S3's error codes (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)."""


NO_CREDENTIALS = (
    "no credentials for the store were found",
    "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a public bucket AWS_NO_SIGN_REQUEST=yes.",
)
NO_STORE = (
    "what answers is no store",
    "Check AWS_ENDPOINT_URL, and what is between here and there (a proxy, a login page).",
)
CREDENTIAL_ERRORS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
)
CONFIGURATION = "Check AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and ~/.aws/config."
CONFIGURATION_ERRORS = (
    exceptions.ProfileNotFound,
    exceptions.ConfigNotFound,
    exceptions.ConfigParseError,
    exceptions.InvalidConfigError,
    exceptions.InvalidRegionError,
    exceptions.NoRegionError,
    ValueError,
)
_NETWORK_ERRORS = (exceptions.HTTPClientError, exceptions.IncompleteReadError, HTTPError, OSError)


@contextmanager
def explained(host: str) -> Iterator[None]:
    """Explain an error of botocore in our own words.

    :param host: the server.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise _fault(error) from error
    except CREDENTIAL_ERRORS as error:
        raise Denied(*NO_CREDENTIALS) from error
    except exceptions.SSLError as error:
        raise NoStore(
            f"the certificate of {host} is not trusted, or it speaks no TLS",
            "Set AWS_CA_BUNDLE to the certificates to trust; check AWS_ENDPOINT_URL.",
        ) from error
    except exceptions.EndpointConnectionError as error:
        remedy = "Check the network, and AWS_ENDPOINT_URL where it is set."
        raise Passing(f"no connection to {host}", remedy) from error
    except _NETWORK_ERRORS as error:
        reason = f"the connection to {host} failed ({type(error).__name__})"
        raise Passing(reason, "Check the network, and scan again.") from error
    except ResponseParserError as error:
        raise Passing(*NO_STORE) from error
    except exceptions.ParamValidationError as error:
        raise NoStore("no bucket or object can have this name", "Check the address.") from error
    except (exceptions.BotoCoreError, ValueError) as error:
        raise NoStore(f"the store cannot be asked ({type(error).__name__})", CONFIGURATION) from error


def code_of(error: exceptions.ClientError) -> str:
    """Return the error code in a store's response; ``""`` if there is none, or it is not a code."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if re.fullmatch(r"[\w.]{1,60}", code) else ""


def _fault(error: exceptions.ClientError) -> StoreError:
    code = code_of(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == "PreconditionFailed" or status == 412:
        return Changed()
    if code in _FAULTS:
        kind, reason, remedy = _FAULTS[code]
        return kind(reason, remedy)
    said = code or str(status)
    if status == 429 or status >= 500:
        return Passing(f"the store failed ({said})", _LATER)
    if status in (401, 403):
        return Denied(f"access denied ({said})", f"{_GRANT}.")
    return StoreError(f"the store refused ({said})", _CREDENTIALS)
