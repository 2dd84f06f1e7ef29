"""The house: tenants, the life of a post, the audit trail, the doors, and the click path.

Revision ID: 0001
Revises:
"""

from migrations.run import execute_files

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files("0001", upwards=True)


def downgrade() -> None:
    execute_files("0001", upwards=False)
