"""Errors in the shapes of the AWS protocols.

Not for: deciding when something fails. Invariant: an error carries the code, the HTTP status and, for the EBS direct
API, the `Reason` that the real service documents, because clients decide by them.
"""

import json

from moto.core.exceptions import ServiceException

EC2_XML = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>awsim</RequestID></Response>"
)
S3_XML = "<Error><Code>{code}</Code><Message>{message}</Message></Error>"
QUERY_XML = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>awsim</RequestId></ErrorResponse>"
)
XML_OF_SERVICE = {"ec2": EC2_XML, "s3": S3_XML, "sts": QUERY_XML, "iam": QUERY_XML, "rds": QUERY_XML}


class AwsError(ServiceException):
    """An error that moto's serializers and our EBS door both understand."""

    def __init__(self, code, message, status=400, reason=None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.reason = reason


def invalid(message, reason="INVALID_PARAMETER_VALUE"):
    return AwsError("ValidationException", message, 400, reason)


def no_such_snapshot(snapshot_id):
    message = f"The snapshot '{snapshot_id}' does not exist."
    return AwsError("ResourceNotFoundException", message, 404, "SNAPSHOT_NOT_FOUND")


def render(service, code, message, status, reason=None):
    """(status line, headers, body) of an error as the service would send it."""
    if service in XML_OF_SERVICE:
        body, kind = XML_OF_SERVICE[service].format(code=code, message=message), "text/xml"
    else:
        fields = {"__type": code, "message": message, "Message": message}
        if reason:
            fields["Reason"] = reason
        body, kind = json.dumps(fields), "application/json"
    body = body.encode()
    headers = [
        ("Content-Type", kind),
        ("x-amzn-ErrorType", code),
        ("x-amzn-RequestId", "awsim"),
        ("Content-Length", str(len(body))),
    ]
    return f"{status} awsim", headers, body
