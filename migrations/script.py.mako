"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

from migrations.run import execute_files

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(${repr(up_revision)}, upwards=True)


def downgrade() -> None:
    execute_files(${repr(up_revision)}, upwards=False)
