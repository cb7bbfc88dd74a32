# Made by Holdfast. Apply it once in the account that shall be protected.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

resource "aws_iam_role" "holdfast" {
  name                 = "@ROLE_NAME@"
  description          = "Used by Holdfast to list, back up and restore."
  max_session_duration = 3600
  assume_role_policy   = <<-JSON
@TRUST_POLICY@
  JSON

  tags = {
    "holdfast:managed" = "true"
  }
}

resource "aws_iam_role_policy" "holdfast" {
  name   = "Holdfast"
  role   = aws_iam_role.holdfast.id
  policy = <<-JSON
@PERMISSIONS_POLICY@
  JSON
}

output "role_arn" {
  description = "Enter this in Holdfast."
  value       = aws_iam_role.holdfast.arn
}
