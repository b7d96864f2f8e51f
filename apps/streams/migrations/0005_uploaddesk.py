from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0004_recordingdesk")]

    operations = [
        migrations.CreateModel(
            name="UploadDesk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "upload",
                "verbose_name_plural": "uploads",
                "permissions": [("cancel_upload", "Can cancel an upload")],
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
    ]
